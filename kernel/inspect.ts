/**
 * What tests look into the kernel with (`kernel/testing`): offsets of records, and counts that a test compares with its own. Not
 * part of the image.
 */

export { CURRENT, READY, READY_BITS, REAPER } from './arch/core'
export { DEVICE_FLAGS, DEVICE_REFERENCES, deviceCount } from './device/device'
export {
  endpointCount,
  RECEIVERS,
  REFERENCES as ENDPOINT_REFERENCES,
  SESSION_ENDPOINT,
  SESSION_REFERENCES,
  SESSION_USED,
  sessionCount,
  USED as ENDPOINT_USED,
} from './ipc/endpoint'
export { KIND, OBJECT, RIGHTS, SESSION, VALUE } from './ipc/handle'
export { PIPE_USED, pipeCount, READERS, WRITERS } from './ipc/pipe'
export { freeFrames, totalFrames } from './memory/frames'
export { SHM_FLAGS, SHM_MAPS, SHM_REFERENCES, shmCount } from './memory/shm'
export { ATTRIBUTE_DEVICE, ATTRIBUTE_NORMAL, ATTRIBUTE_UNCACHED, MAIR } from './memory/tables'
export {
  DEVICE_BYTES,
  DEVICES,
  ENDPOINT_BYTES,
  ENDPOINTS,
  FRAME_MAP,
  HANDLE_BYTES,
  HANDLES,
  PIPE_BYTES,
  PIPES,
  SESSION_BYTES,
  SESSIONS,
  SHM_BYTES,
  SHMS,
  TABLES_END,
  TASK_BYTES,
  TASKS,
} from './param'
export {
  ARRIVED,
  ATTACHED,
  FAULT_HANDLE,
  GENERATION as TASK_GENERATION,
  HANDLE_COUNT,
  INDEX,
  NEXT,
  PAGES,
  PARTNER,
  PID,
  PREVIOUS,
  PRIORITY,
  QUEUE,
  REFERENCES as TASK_REFERENCES,
  STATE,
} from './task/task'
