/**
 * From number to system call. Each is a step: it gets the record of the caller, whose registers hold the arguments, puts the
 * results there, and returns the task to go on with (0: whoever is ready).
 */
import * as nr from './abi/generated'
import * as device from './device/calls'
import * as message from './ipc/call'
import * as handle from './ipc/calls'
import * as lending from './ipc/lease'
import * as notification from './ipc/notification'
import * as stream from './ipc/stream'
import * as share from './memory/share'
import * as space from './memory/space'
import * as control from './task/control'
import * as info from './task/info'
import { rotate } from './task/schedule'
import { spawn } from './task/spawn'
import { answer, fail, register } from './task/task'
import * as time from './task/time'
import { waitTask } from './task/wait'

const NUMBER: usize = 8

export function dispatch(task: usize): usize {
  switch (register(task, NUMBER)) {
    case nr.SYS_YIELD:
      return rotate(answer(task, 0))
    case nr.SYS_SEND:
      return message.send(task)
    case nr.SYS_RECV:
      return message.receive(task)
    case nr.SYS_CALL:
      return message.call(task)
    case nr.SYS_REPLY:
      return message.reply(task)
    case nr.SYS_REPLY_TO:
      return message.replyToken(task)
    case nr.SYS_NBRECV:
      return message.tryReceive(task)
    case nr.SYS_NOTIFY:
      return notification.notifyCall(task)
    case nr.SYS_WAIT_NOTIFY:
      return notification.waitNotification(task)
    case nr.SYS_NBSEND:
      return message.trySend(task)
    case nr.SYS_SHMCREATE:
      return share.shmCreate(task)
    case nr.SYS_SHMMAP:
      return share.shmMap(task)
    case nr.SYS_SHMUNMAP:
      return share.shmUnmap(task)
    case nr.SYS_SHMGRANT:
      return share.shmGrant(task)
    case nr.SYS_SHMREVOKE:
      return share.shmRevoke(task)
    case nr.SYS_SHMDESTROY:
      return share.shmDestroy(task)
    case nr.SYS_GETPID:
      return info.getPid(task)
    case nr.SYS_SPAWN:
      return spawn(task)
    case nr.SYS_WAIT:
      return waitTask(task)
    case nr.SYS_DUP:
      return handle.dup(task)
    case nr.SYS_DUP2:
      return handle.dup2(task)
    case nr.SYS_KILL:
      return control.kill(task)
    case nr.SYS_TASK_OPEN:
      return control.taskOpen(task)
    case nr.SYS_IRQ_REGISTER:
      return device.irqRegister(task)
    case nr.SYS_IRQ_WAIT:
      return device.irqWait(task)
    case nr.SYS_IRQ_ACK:
      return device.irqAcknowledge(task)
    case nr.SYS_DEVICE_CREATE:
      return device.deviceCreate(task)
    case nr.SYS_DEVICE_MAP:
      return device.deviceMap(task)
    case nr.SYS_DEVICE_RESET_DONE:
      return device.deviceResetDone(task)
    case nr.SYS_DMA_CREATE:
      return device.dmaCreate(task)
    case nr.SYS_DMA_PHYSICAL:
      return device.dmaPhysical(task)
    case nr.SYS_ENDPOINT_CREATE:
      return handle.endpointCreate(task)
    case nr.SYS_ENDPOINT_MINT:
      return handle.endpointMint(task)
    case nr.SYS_NOTIFICATION_CREATE:
      return handle.notificationCreate(task)
    case nr.SYS_HANDLE_COPY:
      return handle.handleCopy(task)
    case nr.SYS_HANDLE_ATTACH:
      return handle.handleAttach(task)
    case nr.SYS_HANDLE_TAKE:
      return handle.handleTake(task)
    case nr.SYS_LEASE:
      return lending.lease(task)
    case nr.SYS_LEASE_READ:
      return lending.leaseRead(task)
    case nr.SYS_LEASE_WRITE:
      return lending.leaseWrite(task)
    case nr.SYS_LEASE_INFO:
      return lending.leaseInfo(task)
    case nr.SYS_CLOSE:
      return handle.close(task)
    case nr.SYS_PIPE:
      return handle.pipe(task)
    case nr.SYS_READ:
      return stream.read(task)
    case nr.SYS_WRITE:
      return stream.write(task)
    case nr.SYS_TASK_REGISTERS:
      return control.taskRegisters(task)
    case nr.SYS_TASK_MAP:
      return share.taskMap(task)
    case nr.SYS_TASK_PRIORITY:
      return control.taskPriority(task)
    case nr.SYS_EXIT:
      return control.exit(task)
    case nr.SYS_SYSINFO:
      return info.sysinfo(task)
    case nr.SYS_TASKINFO:
      return info.taskinfo(task)
    case nr.SYS_LOG_READ:
      return info.logRead(task)
    case nr.SYS_CLOCK:
      return time.clock(task)
    case nr.SYS_TIMER_SET:
      return time.timerSet(task)
    case nr.SYS_NANOSLEEP:
      return time.sleep(task)
    case nr.SYS_REBOOT:
      return control.reboot(task)
    case nr.SYS_HANDLE_GIVE:
      return handle.handleGive(task)
    case nr.SYS_HANDLE_INFO:
      return handle.handleInfo(task)
    case nr.SYS_BRK:
      return space.brk(task)
    case nr.SYS_MUNMAP:
      return space.munmap(task)
    case nr.SYS_MMAP:
      return space.mmap(task)
    case nr.SYS_MPROTECT:
      return space.mprotect(task)
    default:
      return fail(task, nr.ENOSYS)
  }
}
