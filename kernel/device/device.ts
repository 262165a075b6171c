/**
 * Device records: a physical range of registers and at most one interrupt, made by the holder of the root handle. Handles and
 * DMA memory of a device keep its record. An interrupt belongs to one record, and at a time to one task that registered it;
 * delivering masks it until that task acknowledges.
 */
import { MAX_DEVICES } from '../abi/generated'
import { disableInterrupt, enableInterrupt, setEdge } from '../arch/gic'
import { isUart } from '../arch/pl011'
import { muteUart } from '../log'
import { DEVICE_BYTES, DEVICES, INTERRUPTS } from '../param'

export const DEVICE_REFERENCES: usize = 0
/** Interrupt number or -1. */
export const DEVICE_INTERRUPT: usize = 4
export const DEVICE_BASE: usize = 8
export const DEVICE_SIZE: usize = 16
/** Token of the task that registered the interrupt, 0 if none has. */
export const DEVICE_TASK: usize = 24
export const DEVICE_FLAGS: usize = 28
/** Notification bits an interrupt sets. */
export const DEVICE_BITS: usize = 32
/** Not 0 when an interrupt was delivered that IRQ_WAIT has not seen. */
export const DEVICE_PENDING: usize = 40

export const DEVICE_USED: u32 = 2
export const DEVICE_EDGE: u32 = 1

export function deviceOfInterrupt(interrupt: u32): usize {
  return load<u32>(INTERRUPTS + ((interrupt as usize) << 2))
}

function setDeviceOfInterrupt(interrupt: u32, device: usize): void {
  store<u32>(INTERRUPTS + ((interrupt as usize) << 2), device as u32)
}

/** The record of the same device, if there is one. */
export function findDevice(base: u64, size: u64, interrupt: i32): usize {
  for (let i: usize = 0; i < (MAX_DEVICES as usize); i++) {
    const device = DEVICES + i * DEVICE_BYTES
    if (!(load<u32>(device + DEVICE_FLAGS) & DEVICE_USED)) continue
    if (load<u64>(device + DEVICE_BASE) != base || load<u64>(device + DEVICE_SIZE) != size) continue
    if (load<i32>(device + DEVICE_INTERRUPT) == interrupt) return device
  }
  return 0
}

/** A new record, 0 if none is free. */
export function makeDevice(base: u64, size: u64, interrupt: i32, flags: u32): usize {
  for (let i: usize = 0; i < (MAX_DEVICES as usize); i++) {
    const device = DEVICES + i * DEVICE_BYTES
    if (load<u32>(device + DEVICE_FLAGS) & DEVICE_USED) continue
    memory.fill(device, 0, DEVICE_BYTES)
    store<u64>(device + DEVICE_BASE, base)
    store<u64>(device + DEVICE_SIZE, size)
    store<i32>(device + DEVICE_INTERRUPT, interrupt)
    store<u32>(device + DEVICE_FLAGS, flags | DEVICE_USED)
    if (interrupt >= 0) {
      setDeviceOfInterrupt(interrupt as u32, device)
      setEdge(interrupt as u32, (flags & DEVICE_EDGE) != 0)
    }
    return device
  }
  return 0
}

/** Drops a reference; the last one frees the record and its interrupt. */
export function releaseDevice(device: usize): void {
  const references = load<u32>(device + DEVICE_REFERENCES) - 1
  store<u32>(device + DEVICE_REFERENCES, references)
  if (references) return
  const interrupt = load<i32>(device + DEVICE_INTERRUPT)
  if (interrupt >= 0) {
    disableInterrupt(interrupt as u32)
    setDeviceOfInterrupt(interrupt as u32, 0)
  }
  store<u32>(device + DEVICE_FLAGS, 0)
}

/** While a driver has the UART the kernel writes its log to memory alone. */
function isUartDevice(device: usize): bool {
  return isUart(load<u64>(device + DEVICE_BASE), load<u64>(device + DEVICE_SIZE))
}

/** Lets a task have the interrupt, and enables it. */
export function registerInterrupt(device: usize, token: u32, bits: u64): void {
  store<u32>(device + DEVICE_TASK, token)
  store<u64>(device + DEVICE_BITS, bits)
  store<u32>(device + DEVICE_PENDING, 0)
  if (isUartDevice(device)) muteUart(true)
  enableInterrupt(load<u32>(device + DEVICE_INTERRUPT))
}

/** The interrupts of a task that ends are masked. */
export function dropInterrupts(token: u32): void {
  for (let i: usize = 0; i < (MAX_DEVICES as usize); i++) {
    const device = DEVICES + i * DEVICE_BYTES
    if (!(load<u32>(device + DEVICE_FLAGS) & DEVICE_USED)) continue
    if (load<u32>(device + DEVICE_TASK) != token) continue
    store<u32>(device + DEVICE_TASK, 0)
    if (isUartDevice(device)) muteUart(false)
    disableInterrupt(load<u32>(device + DEVICE_INTERRUPT))
  }
}

/** Records in use. */
export function deviceCount(): u32 {
  let count: u32 = 0
  for (let i: usize = 0; i < (MAX_DEVICES as usize); i++) {
    if (load<u32>(DEVICES + i * DEVICE_BYTES + DEVICE_FLAGS) & DEVICE_USED) count++
  }
  return count
}
