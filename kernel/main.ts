/**
 * The Kenix kernel. This file names what assembly calls. `arch/boot.ts` is the first of it that runs, `start.ts` the second,
 * `arch/exceptions.ts` and the system calls everything afterwards.
 *
 * A system call is a step: a function `call_NAME` that gets the record of the caller, whose registers hold the arguments, puts
 * the results there, and returns the task to go on with (0: whoever is ready). The vectors find it by its number
 * (`assembly/vectors.ts`); each has the name it has in `kernel/abi`.
 */
export { early_boot } from './arch/boot'
export {
  crash,
  kernel_interrupt,
  leave_kernel,
  unknown_call,
  user_fault,
  user_interrupt,
} from './arch/exceptions'
export {
  deviceCreate as call_device_create,
  deviceMap as call_device_map,
  deviceResetDone as call_device_reset_done,
  dmaCreate as call_dma_create,
  dmaPhysical as call_dma_physical,
  irqAcknowledge as call_irq_ack,
  irqRegister as call_irq_register,
  irqWait as call_irq_wait,
} from './device/calls'
export {
  receive as call_recv,
  reply as call_reply,
  replyToken as call_reply_to,
  send as call_send,
  tryReceive as call_nbrecv,
  trySend as call_nbsend,
} from './ipc/call'
export {
  close as call_close,
  dup as call_dup,
  dup2 as call_dup2,
  endpointCreate as call_endpoint_create,
  endpointMint as call_endpoint_mint,
  handleAttach as call_handle_attach,
  handleCopy as call_handle_copy,
  handleGive as call_handle_give,
  handleInfo as call_handle_info,
  handleTake as call_handle_take,
  notificationCreate as call_notification_create,
  pipe as call_pipe,
} from './ipc/calls'
export { fastCall as call_call, fastReplyReceive as call_reply_recv } from './ipc/fastpath'
export {
  lease as call_lease,
  leaseInfo as call_lease_info,
  leaseRead as call_lease_read,
  leaseWrite as call_lease_write,
} from './ipc/lease'
export { notifyCall as call_notify, waitNotification as call_wait_notify } from './ipc/notification'
export { read as call_read, write as call_write } from './ipc/stream'
export {
  shmCreate as call_shmcreate,
  shmDestroy as call_shmdestroy,
  shmGrant as call_shmgrant,
  shmMap as call_shmmap,
  shmRevoke as call_shmrevoke,
  shmUnmap as call_shmunmap,
  taskMap as call_task_map,
} from './memory/share'
export {
  brk as call_brk,
  mmap as call_mmap,
  mprotect as call_mprotect,
  munmap as call_munmap,
} from './memory/space'
export { kernel_main } from './start'
export {
  exit as call_exit,
  kill as call_kill,
  reboot as call_reboot,
  taskOpen as call_task_open,
  taskPriority as call_task_priority,
  taskRegisters as call_task_registers,
} from './task/control'
export {
  getPid as call_getpid,
  logRead as call_log_read,
  sysinfo as call_sysinfo,
  taskinfo as call_taskinfo,
} from './task/info'
export { yieldTurn as call_yield } from './task/schedule'
export { spawn as call_spawn } from './task/spawn'
export {
  clock as call_clock,
  sleep as call_nanosleep,
  timerSet as call_timer_set,
} from './task/time'
export { waitTask as call_wait } from './task/wait'
