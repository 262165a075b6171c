/** Tasks: identity, exit, wait, kill, priority. */
import {
  ANY,
  EAGAIN,
  EBADF,
  ECHILD,
  EFAULT,
  EINVAL,
  ENOENT,
  EPERM,
  ESRCH,
  MYSELF,
  REASON_KILLED,
  RIGHT_ALL,
  RIGHT_MANAGE,
  RIGHT_TRANSFER,
  RIGHT_WAIT,
  SLOT_ROOT,
  STATE_DEAD,
  STATE_EXITING,
  STATE_SLEEPING,
  SYS_GETPID,
  SYS_HANDLE_INFO,
  SYS_KILL,
  SYS_NANOSLEEP,
  SYS_PIPE,
  SYS_READ,
  SYS_TASK_OPEN,
  SYS_TASK_PRIORITY,
  SYS_TASK_REGISTERS,
  SYS_TASKINFO,
  SYS_WAIT,
  TASKINFO_BLOCK_NAME,
  TASKINFO_BLOCK_PARENT,
  TASKINFO_BLOCK_PID,
  TASKINFO_BLOCK_STATE,
  TASKINFO_BYTES,
  WAIT_NOHANG,
} from '../../libkenix/generated/abi'
import { close, copyHandle, isOpen } from '../../libkenix/handle'
import { kill, pid, tasks, wait, waitNow } from '../../libkenix/process'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { between, granted, holds, needs, refused, same } from '../check'
import { Child, stateOf } from '../child'
import { test } from '../registry'
import { PEER, WRITER } from '../slots'

const FOR_EVER: i64 = 1_000_000_000_000

export function addTaskCases(): void {
  test('TSK0001', 'process ids are never used again', () => {
    let last = pid()
    for (let i = 0; i < 5; i++) {
      const child = new Child('exit').start()
      holds(child.pid > last, 'a process id is not above the one before')
      last = child.pid
      child.ends(0)
    }
  })
  test('TSK0002', 'GETPID tells a task and its parent', () => {
    same(syscallMany(SYS_GETPID), pid(), 'own process id')
    const parent = result(1)
    holds(parent > 0 && parent < pid(), 'the parent is not older')
    const child = new Child('sleep', FOR_EVER).start()
    let found = 0
    const all = tasks()
    for (let i = 0; i < all.length; i++) {
      if (all[i].pid !== child.pid) continue
      same(all[i].parent, pid(), 'parent of a child')
      found++
    }
    same(found, 1, 'times a child is listed')
    child.stop()
  })
  test('TSK0003', 'WAIT gives handle, code, reason and process id', () => {
    const child = new Child('exit', 42).start()
    same(syscallMany(SYS_WAIT, child.task), child.task, 'handle')
    same(result(1), 42, 'code')
    same(result(2), 0, 'reason')
    same(result(3), child.pid, 'process id')
    same(close(child.task), 0, 'close')
  })
  test('TSK0004', 'the low 8 bits of an exit code count', () => {
    new Child('exit', 0x1ff).start().ends(255)
    new Child('exit', -1).start().ends(255)
    new Child('exit', 256).start().ends(0)
  })
  test('TSK0005', 'the status of a task stays until its handle is closed', () => {
    const child = new Child('exit', 7).start().until(STATE_DEAD)
    for (let i = 0; i < 3; i++) {
      const exit = wait(child.task)
      same(exit.code, 7, 'code')
    }
    same(syscallMany(SYS_HANDLE_INFO, child.task) > 0 ? 1 : 0, 1, 'handle is open')
    same(close(child.task), 0, 'close')
    refused(syscall(SYS_WAIT, child.task), EBADF, 'wait after close')
  })
  test('TSK0006', 'WAIT without hanging gives EAGAIN while the task runs', () => {
    const child = new Child('sleep', FOR_EVER).start()
    same(waitNow(child.task).task, -EAGAIN, 'the task')
    same(waitNow(ANY).task, -EAGAIN, 'any task')
    child.stop()
  })
  test('TSK0007', 'WAIT for any task gives the one that ended', () => {
    const slow = new Child('sleep', FOR_EVER).start()
    const fast = new Child('exit', 3).start()
    const exit = wait(ANY)
    same(exit.task, fast.task, 'handle')
    same(exit.code, 3, 'code')
    close(fast.task)
    slow.stop()
  })
  test('TSK0008', 'WAIT for any task without one gives ECHILD', () => {
    refused(syscall(SYS_WAIT, ANY), ECHILD, 'wait')
    refused(syscall(SYS_WAIT, ANY, WAIT_NOHANG), ECHILD, 'wait without hanging')
  })
  test('TSK0009', 'WAIT for what is no task gives EBADF', () => {
    refused(syscall(SYS_WAIT, 200), EBADF, 'an empty slot')
    refused(syscall(SYS_WAIT, 256), EBADF, 'no slot')
    refused(syscall(SYS_WAIT, -2), EBADF, 'a negative slot')
    refused(syscall(SYS_WAIT, 2), EBADF, 'a pipe')
  })
  test('TSK0010', 'WAIT needs the right to wait', () => {
    const child = new Child('exit').start()
    const blind = copyHandle(child.task, RIGHT_ALL & ~RIGHT_WAIT)
    refused(syscall(SYS_WAIT, blind), EPERM, 'wait')
    close(blind)
    child.ends(0)
  })
  test('TSK0011', 'WAIT for oneself is refused', () => {
    needs(SLOT_ROOT)
    const self = granted(syscall(SYS_TASK_OPEN, SLOT_ROOT, pid()), 'open') as i32
    refused(syscall(SYS_WAIT, self), ECHILD, 'wait')
    refused(syscall(SYS_WAIT, ANY), ECHILD, 'wait for any')
    close(self)
  })
  test('TSK0012', 'two tasks can wait for the same one', () => {
    const child = new Child('sleep', 5_000_000).start()
    const first = new Child('wait').give(PEER, child.task).start()
    const second = new Child('wait').give(PEER, child.task).start()
    child.ends(0)
    first.ends(0)
    second.ends(0)
  })
  test('TSK0013', 'a killed task ends with the code of its killer', () => {
    const child = new Child('sleep', FOR_EVER).start().until(STATE_SLEEPING)
    same(kill(child.task, 99), 0, 'kill')
    child.ends(99, REASON_KILLED)
  })
  test('TSK0014', 'KILL of a task that has ended gives ESRCH', () => {
    const child = new Child('exit', 5).start().until(STATE_DEAD)
    refused(kill(child.task, 1), ESRCH, 'kill')
    child.ends(5)
  })
  test('TSK0015', 'KILL needs MANAGE', () => {
    const child = new Child('sleep', FOR_EVER).start()
    const weak = copyHandle(child.task, RIGHT_WAIT | RIGHT_TRANSFER)
    refused(kill(weak, 1), EPERM, 'kill')
    same(waitNow(child.task).task, -EAGAIN, 'it runs')
    close(weak)
    child.stop()
  })
  test('TSK0016', 'KILL of what is no task gives EBADF', () => {
    refused(kill(201, 1), EBADF, 'an empty slot')
    refused(kill(2, 1), EBADF, 'a pipe')
    refused(syscall(SYS_KILL, 0x1_0000_0002, 1), EBADF, 'a slot that is one only in its low half')
  })
  test('TSK0017', 'a task can end itself by KILL', () => {
    new Child('kill-self', 33).start().ends(33, REASON_KILLED)
  })
  test('TSK0018', 'TASK_OPEN finds a task by its process id', () => {
    needs(SLOT_ROOT)
    const child = new Child('sleep', FOR_EVER).start()
    const again = granted(syscall(SYS_TASK_OPEN, SLOT_ROOT, child.pid), 'open') as i32
    syscallMany(SYS_HANDLE_INFO, again)
    same(result(2), child.pid, 'process id')
    same(close(child.task), 0, 'close')
    child.task = again
    child.stop()
  })
  test('TSK0019', 'TASK_OPEN of nobody gives ESRCH, without root EPERM', () => {
    needs(SLOT_ROOT)
    refused(syscall(SYS_TASK_OPEN, SLOT_ROOT, 0x7fff_ffff), ESRCH, 'no such task')
    refused(syscall(SYS_TASK_OPEN, SLOT_ROOT, 0), ESRCH, 'task 0')
    refused(syscall(SYS_TASK_OPEN, SLOT_ROOT, -1), ESRCH, 'task -1')
    refused(syscall(SYS_TASK_OPEN, 2, pid()), EPERM, 'a pipe')
    refused(syscall(SYS_TASK_OPEN, 300, pid()), EPERM, 'no slot')
    const blind = copyHandle(SLOT_ROOT, RIGHT_ALL & ~1)
    refused(syscall(SYS_TASK_OPEN, blind, pid()), EPERM, 'root without READ')
    close(blind)
  })
  test('TSK0020', 'TASKINFO tells of every task once', () => {
    const child = new Child('sleep', FOR_EVER).start().until(STATE_SLEEPING)
    const block = memory.data(TASKINFO_BYTES, 8)
    let seen = 0
    let last: i64 = -1
    let index = syscall(SYS_TASKINFO, 0, block)
    while (index >= 0) {
      holds(index > last, 'an index is not above the one before')
      last = index
      if (load<i64>(block + TASKINFO_BLOCK_PID) === child.pid) {
        seen++
        same(load<i32>(block + TASKINFO_BLOCK_STATE), STATE_SLEEPING, 'state')
        same(load<i64>(block + TASKINFO_BLOCK_PARENT), pid(), 'parent')
        same(load<u32>(block + TASKINFO_BLOCK_NAME), 0x7365746b, 'name')
      }
      index = syscall(SYS_TASKINFO, index + 1, block)
    }
    same(index, -ENOENT, 'the end')
    same(seen, 1, 'times the child is seen')
    refused(syscall(SYS_TASKINFO, 128, block), ENOENT, 'behind the table')
    refused(syscall(SYS_TASKINFO, -1, block), ENOENT, 'index -1')
    child.stop()
  })
  test('TSK0021', 'TASKINFO tells the exit code of a task that ended', () => {
    const child = new Child('exit', 77).start().until(STATE_DEAD)
    const all = tasks()
    let code = -1
    for (let i = 0; i < all.length; i++) if (all[i].pid === child.pid) code = all[i].code
    same(code, 77, 'code')
    child.ends(77)
  })
  test('TSK0022', 'TASK_PRIORITY gives the former priority, up to that of the caller', () => {
    const child = new Child('sleep', FOR_EVER).start()
    same(syscall(SYS_TASK_PRIORITY, child.task, 1), 3, 'former priority')
    same(syscall(SYS_TASK_PRIORITY, child.task, 3), 1, 'former priority')
    refused(syscall(SYS_TASK_PRIORITY, child.task, 4), EPERM, 'above the caller')
    refused(syscall(SYS_TASK_PRIORITY, child.task, 8), EINVAL, 'no such priority')
    refused(syscall(SYS_TASK_PRIORITY, child.task, -1), EINVAL, 'a negative priority')
    same(syscall(SYS_TASK_PRIORITY, child.task, 0), 3, 'former priority')
    child.stop()
  })
  test('TSK0023', 'a task that lowered its priority cannot raise it again', () => {
    same(syscall(SYS_TASK_PRIORITY, MYSELF, 2), 3, 'former priority')
    refused(syscall(SYS_TASK_PRIORITY, MYSELF, 3), EPERM, 'raise')
    same(syscall(SYS_TASK_PRIORITY, MYSELF, 2), 2, 'priority')
  })
  test('TSK0024', 'TASK_PRIORITY needs MANAGE and a task', () => {
    const child = new Child('exit', 1).start().until(STATE_DEAD)
    refused(syscall(SYS_TASK_PRIORITY, child.task, 1), ESRCH, 'a task that ended')
    const weak = copyHandle(child.task, RIGHT_ALL & ~RIGHT_MANAGE)
    refused(syscall(SYS_TASK_PRIORITY, weak, 1), EPERM, 'without MANAGE')
    refused(syscall(SYS_TASK_PRIORITY, 2, 1), EBADF, 'a pipe')
    close(weak)
    child.ends(1)
  })
  test('TSK0025', 'registers of a task that has no fault pending cannot be read', () => {
    const child = new Child('sleep', FOR_EVER).start()
    const block = memory.data(272, 8)
    refused(syscall(SYS_TASK_REGISTERS, child.task, block, 0), EAGAIN, 'read')
    refused(syscall(SYS_TASK_REGISTERS, child.task, block, 1), EAGAIN, 'write')
    refused(syscall(SYS_TASK_REGISTERS, 2, block, 0), EBADF, 'a pipe')
    child.stop()
  })
  test('TSK0026', 'a task that ends gives back what it had before WAIT tells of it', () => {
    for (let i = 0; i < 5; i++) {
      const child = new Child('exit', i).start()
      const exit = wait(child.task)
      same(exit.code, i, 'code')
      same(stateOf(child.task), STATE_DEAD, 'state')
      close(child.task)
      holds(!isOpen(child.task), 'the handle is closed')
    }
  })
  test('TSK0027', 'a task without a parent left runs on and ends', () => {
    const pipe = granted(syscallMany(SYS_PIPE), 'pipe') as i32
    const writer = result(1) as i32
    const child = new Child('orphan').give(WRITER, writer).start()
    close(writer)
    child.ends(0)
    const at = memory.data(8, 8)
    same(syscall(SYS_READ, pipe, at, 8), 1, 'bytes that the orphan wrote')
    same(syscall(SYS_READ, pipe, at, 8), 0, 'end: the orphan has ended')
    close(pipe)
  })
  test('TSK0028', 'while a task is being taken down it cannot be killed or given anything', () => {
    const child = new Child('hold-memory', 2000).start().until(STATE_SLEEPING)
    same(kill(child.task, 8), 0, 'kill')
    const state = stateOf(child.task)
    holds(state === STATE_EXITING || state === STATE_DEAD, 'it lives on')
    refused(kill(child.task, 9), ESRCH, 'kill again')
    child.ends(8, REASON_KILLED)
  })
  test('TSK0029', 'processor time is told, and grows only while a task runs', () => {
    const child = new Child('spin').start()
    same(syscall(SYS_TASK_PRIORITY, child.task, 2), 3, 'former priority')
    syscall(SYS_NANOSLEEP, 3_000_000)
    const all = tasks()
    for (let i = 0; i < all.length; i++) {
      if (all[i].pid === child.pid) between(all[i].time, 1_000_000, 60_000_000_000, 'time')
    }
    child.stop()
  })
  test('TSK0030', 'TASKINFO with a bad address gives EFAULT', () => {
    refused(syscall(SYS_TASKINFO, 0, 0), EFAULT, 'null')
    refused(syscall(SYS_TASKINFO, 0, 0xffff_9000_0000_0000), EFAULT, 'the kernel')
  })
  test('TSK0031', 'waiting does not end when another task ends', () => {
    const slow = new Child('sleep', 8_000_000).start()
    const fast = new Child('exit', 1).start()
    slow.ends(0)
    fast.ends(1)
  })
}
