/**
 * The device of a driver (slot 57) and the memory it may access. A driver maps its device, resets it, and only then asks
 * for memory: what a former driver had is given back when the device is known to be quiet.
 */
import {
  SLOT_DEVICE,
  SYS_DEVICE_MAP,
  SYS_DEVICE_RESET_DONE,
  SYS_DMA_CREATE,
  SYS_DMA_PHYSICAL,
  SYS_IRQ_ACK,
  SYS_IRQ_REGISTER,
} from '../libkenix/generated/abi'
import { syscall } from '../libkenix/syscall'
import { mapLow } from './mapped-memory'

/** Address of the registers of the device, or a negative errno. */
export function mapDevice(): i64 {
  return syscall(SYS_DEVICE_MAP, SLOT_DEVICE, 0)
}

/** The device was reset: memory of the driver before may be used again. */
export function deviceIsReset(): i64 {
  return syscall(SYS_DEVICE_RESET_DONE, SLOT_DEVICE)
}

/** Interrupts of the device set notification `bits` of this task from now on. */
export function onInterrupt(bits: i64): i64 {
  return syscall(SYS_IRQ_REGISTER, SLOT_DEVICE, bits)
}

/** The next interrupt may come. */
export function acknowledgeInterrupt(): void {
  syscall(SYS_IRQ_ACK, SLOT_DEVICE)
}

/** Contiguous memory that the device may access. */
export class DeviceMemory {
  /** 0 if there is none: `error` says why. */
  address: usize = 0
  physical: u64 = 0
  error: i32 = 0
}

/** Makes and maps memory for the device. */
export function deviceMemory(bytes: u32): DeviceMemory {
  const memory = new DeviceMemory()
  const handle = syscall(SYS_DMA_CREATE, SLOT_DEVICE, bytes, 0)
  const physical = handle < 0 ? handle : syscall(SYS_DMA_PHYSICAL, handle)
  const address = physical < 0 ? physical : mapLow(handle as i32)
  if (address < 0) {
    memory.error = address as i32
    return memory
  }
  memory.physical = physical
  memory.address = address as usize
  return memory
}
