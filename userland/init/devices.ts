/** Device handles: from the device tree to what drivers are given. */
import { close, errorText } from '../libkenix'
import {
  EINVAL,
  SLOT_ROOT,
  SYS_DEVICE_CREATE,
  SYS_DEVICE_MAP,
  SYS_SHMUNMAP,
} from '../libkenix/generated/abi'
import { load32 } from '../libkenix/imports/mem64'
import { syscall } from '../libkenix/syscall'
import { Device } from './device-tree'
import { say } from './service'

/** What stands in the first register of a virtio device: "virt". */
const VIRTIO_MAGIC: u32 = 0x74726976

/** Types of virtio devices (VIRTIO 1.2, 5). */
export const VIRTIO_NET: u32 = 1
export const VIRTIO_BLOCK: u32 = 2

/** A handle for a device, or a negative errno. */
export function createDevice(device: Device): i32 {
  const flags = device.edge ? 1 : 0
  return syscall(
    SYS_DEVICE_CREATE,
    SLOT_ROOT,
    device.base,
    device.size,
    device.interrupt,
    flags,
  ) as i32
}

/** A virtio device with its handle. */
export class Virtio {
  constructor(
    readonly type: u32,
    readonly handle: i32,
  ) {}
}

/** The virtio devices at the transports of the device tree, in the order of their addresses. */
export function findVirtio(transports: Array<Device>): Array<Virtio> {
  const found: Virtio[] = []
  for (let i = 0; i < transports.length; i++) {
    const handle = createDevice(transports[i])
    if (handle < 0) {
      say(`cannot use ${transports[i].path}: ${errorText(handle)}`)
      continue
    }
    const type = virtioType(handle)
    if (type > 0) found.push(new Virtio(type as u32, handle))
    else close(handle)
  }
  return found
}

/** Type of the virtio device behind a handle: 0 if the transport is empty, negative if it can't be used. */
function virtioType(handle: i32): i32 {
  const base = syscall(SYS_DEVICE_MAP, handle)
  if (base < 0) return base as i32
  const type = load32(base) === VIRTIO_MAGIC ? (load32(base + 8) as i32) : -EINVAL
  syscall(SYS_SHMUNMAP, handle)
  return type
}
