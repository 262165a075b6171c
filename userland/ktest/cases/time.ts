/** Notifications, clocks, sleeps, timers, priorities, preemption. */
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_TASK,
  EAGAIN,
  EBADF,
  EINVAL,
  EPERM,
  ESRCH,
  MYSELF,
  REASON_KILLED,
  RIGHT_ALL,
  RIGHT_NOTIFY,
  RIGHT_TRANSFER,
  STATE_CALLING,
  STATE_DEAD,
  STATE_NOTIFICATION,
  STATE_READY,
  STATE_SENDING,
  STATE_SLEEPING,
  SYS_CLOCK,
  SYS_NANOSLEEP,
  SYS_NBRECV,
  SYS_NOTIFICATION_CREATE,
  SYS_NOTIFY,
  SYS_RECV,
  SYS_TASK_PRIORITY,
  SYS_TIMER_SET,
  SYS_YIELD,
} from '../../libkenix/generated/abi'
import { close, copyHandle } from '../../libkenix/handle'
import {
  createEndpoint,
  createNotification,
  Message,
  notify,
  poll,
  receive,
  take,
  waitNotification,
} from '../../libkenix/ipc'
import { kill, tasks, wait } from '../../libkenix/process'
import { syscall } from '../../libkenix/syscall'
import { processorTime, setTimer, uptime } from '../../libkenix/time'
import { between, fail, granted, holds, refused, same } from '../check'
import { Child, stateOf } from '../child'
import { test } from '../registry'
import { BELL, PORT } from '../slots'

const MS: i64 = 1_000_000
/** How much later than asked a sleep may end on a busy host. */
const SLACK: i64 = 2000 * MS

function addNotifications(): void {
  test('NTF0001', 'bits that another task sets end the wait', () => {
    const bell = createNotification(0xff)
    const child = new Child('ring', 0x14).give(BELL, bell).start()
    same(waitNotification(0xff), 0x14, 'bits')
    child.ends(0)
    close(bell)
  })
  test('NTF0002', 'bits outside of the mask of the handle are dropped', () => {
    const bell = createNotification(0xf0)
    same(notify(bell, 0x3c), 0, 'notify')
    same(waitNotification(0), 0x30, 'bits')
    close(bell)
  })
  test('NTF0003', 'bits add up until they are taken, and are taken once', () => {
    const bell = createNotification(0xff)
    notify(bell, 1)
    notify(bell, 2)
    notify(bell, 2)
    same(waitNotification(0), 3, 'bits')
    notify(bell, 4)
    same(waitNotification(0), 4, 'bits')
    close(bell)
  })
  test('NTF0004', 'a wait takes only the bits of its mask', () => {
    const bell = createNotification(0xff)
    notify(bell, 0x0f)
    same(waitNotification(0x03), 0x03, 'first')
    same(waitNotification(0x0c), 0x0c, 'second')
    close(bell)
  })
  test('NTF0005', 'bits of another mask do not end a wait', () => {
    const child = new Child('notified', 2).start().until(STATE_NOTIFICATION)
    same(notify(child.task, 1), 0, 'notify bit 0')
    same(stateOf(child.task), STATE_NOTIFICATION, 'state')
    same(notify(child.task, 2), 0, 'notify bit 1')
    child.ends(2)
  })
  test('NTF0006', 'bit 63 is never given', () => {
    const child = new Child('notified', 0).start().until(STATE_NOTIFICATION)
    same(notify(child.task, i64.MIN_VALUE), 0, 'notify bit 63')
    same(stateOf(child.task), STATE_NOTIFICATION, 'state')
    same(notify(child.task, i64.MIN_VALUE | 8), 0, 'notify bits 63 and 3')
    child.ends(8)
    refused(syscall(SYS_NOTIFICATION_CREATE, i64.MIN_VALUE), EINVAL, 'a mask of bit 63')
    refused(syscall(SYS_NOTIFICATION_CREATE, -1), EINVAL, 'a mask of all bits')
    refused(syscall(SYS_NOTIFICATION_CREATE, 0), EINVAL, 'a mask of none')
  })
  test('NTF0007', 'NOTIFY needs a notification or task, and its right', () => {
    refused(notify(200, 1), EBADF, 'an empty slot')
    refused(notify(2, 1), EBADF, 'a pipe')
    refused(syscall(SYS_NOTIFY, -1, 1), EBADF, 'slot -1')
    const bell = createNotification(1)
    const mute = copyHandle(bell, RIGHT_TRANSFER)
    refused(notify(mute, 1), EPERM, 'without NOTIFY')
    close(mute)
    const child = new Child('sleep', i64.MAX_VALUE).start()
    const weak = copyHandle(child.task, RIGHT_ALL & ~RIGHT_NOTIFY)
    refused(notify(weak, 1), EPERM, 'a task without NOTIFY')
    close(weak)
    child.stop()
    close(bell)
  })
  test('NTF0008', 'NOTIFY of a task that has ended gives ESRCH', () => {
    const child = new Child('exit').start().until(STATE_DEAD)
    refused(notify(child.task, 1), ESRCH, 'notify')
    child.ends(0)
  })
  test('NTF0009', 'a notification outlives its task and then gives ESRCH', () => {
    const endpoint = createEndpoint()
    const child = new Child('send-bell').give(PORT, endpoint).start().until(STATE_CALLING)
    granted(receive(new Message(), 0, endpoint), 'receive')
    const bell = granted(take(), 'take') as i32
    same(notify(bell, 1), 0, 'while it lives')
    child.stop()
    refused(notify(bell, 1), ESRCH, 'when it has ended')
    close(bell)
    close(endpoint)
  })
  test('NTF0010', 'RECV gives notifications before messages', () => {
    const endpoint = createEndpoint()
    const bell = createNotification(1)
    const sender = new Child('send', 5).give(PORT, endpoint).start().until(STATE_SENDING)
    notify(bell, 1)
    const message = new Message()
    same(receive(message, 1, endpoint), 0, 'sender of a notification')
    same(message.tag, 0, 'tag')
    same(message.d0, 1, 'bits')
    granted(receive(message, 1, endpoint), 'receive')
    same(message.tag, 5, 'tag of the message')
    sender.ends(0)
    close(bell)
    close(endpoint)
  })
  test('NTF0011', 'a notification ends a RECV that waits', () => {
    const bell = createNotification(1)
    const endpoint = createEndpoint()
    const child = new Child('spin-then-ring', 2 * MS).give(BELL, bell).start()
    const message = new Message()
    same(receive(message, 1, endpoint), 0, 'sender')
    same(message.d0, 1, 'bits')
    child.ends(0)
    close(endpoint)
    close(bell)
  })
  test('NTF0012', 'RECV with a mask of none is not ended by notifications', () => {
    const bell = createNotification(1)
    notify(bell, 1)
    const endpoint = createEndpoint()
    refused(poll(new Message(), 0, endpoint), EAGAIN, 'receive')
    same(waitNotification(1), 1, 'bits')
    close(endpoint)
    close(bell)
  })
  test('NTF0013', 'RECV from -1 without an own endpoint gives notifications only', () => {
    const bell = createNotification(2)
    notify(bell, 2)
    const message = new Message()
    same(receive(message, 3), 0, 'receive')
    same(message.d0, 2, 'bits')
    refused(syscall(SYS_NBRECV, -1, 3), EAGAIN, 'nothing there')
    refused(syscall(SYS_RECV, -1, 0), EBADF, 'what could never end')
    close(bell)
  })
  test('NTF0014', 'a task that waits for notifications can be killed', () => {
    new Child('notified', 1).start().until(STATE_NOTIFICATION).stop()
  })
}

function addTimes(): void {
  test('TIM0001', 'the clock since boot never goes back', () => {
    let last = uptime()
    for (let i = 0; i < 1000; i++) {
      const now = uptime()
      holds(now >= last, 'it went back')
      last = now
    }
  })
  test('TIM0002', 'clocks that do not exist are refused', () => {
    refused(syscall(SYS_CLOCK, 3), EINVAL, 'clock 3')
    refused(syscall(SYS_CLOCK, -1), EINVAL, 'clock -1')
    refused(syscall(SYS_CLOCK, 0x1_0000_0001), EINVAL, 'a clock in its low half only')
  })
  test('TIM0003', 'real time and time since boot run alike', () => {
    const since = syscall(SYS_CLOCK, CLOCK_MONOTONIC)
    const real = syscall(SYS_CLOCK, CLOCK_REALTIME)
    syscall(SYS_NANOSLEEP, 3 * MS)
    const passed = syscall(SYS_CLOCK, CLOCK_REALTIME) - real
    between(syscall(SYS_CLOCK, CLOCK_MONOTONIC) - since, passed, passed + SLACK, 'time passed')
  })
  test('TIM0004', 'processor time of a task grows while it runs, not while it sleeps', () => {
    const before = syscall(SYS_CLOCK, CLOCK_TASK)
    for (let i = 0; i < 100_000; i++) load<u8>(0x20000 + (i & 255))
    const running = processorTime()
    holds(running > before, 'it does not grow')
    syscall(SYS_NANOSLEEP, 500 * MS)
    between(processorTime() - running, 0, 200 * MS, 'processor time of a sleep')
  })
  test('TIM0005', 'a sleep lasts as long as asked, not shorter', () => {
    const lengths: i64[] = [1, 1000, 100_000, MS, 7 * MS, 23 * MS]
    for (let i = 0; i < lengths.length; i++) {
      const before = uptime()
      same(syscall(SYS_NANOSLEEP, lengths[i]), 0, 'sleep')
      between(uptime() - before, lengths[i], lengths[i] + SLACK, 'time passed')
    }
  })
  test('TIM0006', 'a sleep of nothing returns', () => {
    same(syscall(SYS_NANOSLEEP, 0), 0, 'sleep')
  })
  test('TIM0007', 'the longest sleeps do not overflow', () => {
    const a = new Child('sleep', -1).start().until(STATE_SLEEPING)
    const b = new Child('sleep', i64.MAX_VALUE).start().until(STATE_SLEEPING)
    syscall(SYS_NANOSLEEP, 2 * MS)
    same(stateOf(a.task), STATE_SLEEPING, 'state')
    same(stateOf(b.task), STATE_SLEEPING, 'state')
    a.stop()
    b.stop()
  })
  test('TIM0008', 'sleeping tasks wake in the order of their times', () => {
    const slow = new Child('sleep', 300 * MS).start()
    const fast = new Child('sleep', 5 * MS).start()
    same(wait(-1).task, fast.task, 'who ends first')
    close(fast.task)
    slow.ends(0)
  })
  test('TIM0009', 'a timer sets its bits once, at its time', () => {
    const at = uptime() + 5 * MS
    setTimer(at, 4)
    same(waitNotification(4), 4, 'bits')
    between(uptime(), at, at + SLACK, 'when')
    syscall(SYS_NANOSLEEP, 10 * MS)
    refused(syscall(SYS_NBRECV, -1, 4), EAGAIN, 'a second time')
  })
  test('TIM0010', 'a timer in the past fires at once', () => {
    setTimer(1, 2)
    same(waitNotification(2), 2, 'bits')
    setTimer(uptime() - 1, 2)
    same(waitNotification(2), 2, 'bits')
  })
  test('TIM0011', 'a timer that was cancelled or set anew does not fire at its first time', () => {
    setTimer(uptime() + 200 * MS, 1)
    setTimer(0, 1)
    syscall(SYS_NANOSLEEP, 250 * MS)
    refused(syscall(SYS_NBRECV, -1, 1), EAGAIN, 'cancelled')
    setTimer(uptime() + 200 * MS, 1)
    setTimer(uptime() + 5000 * MS, 1)
    syscall(SYS_NANOSLEEP, 250 * MS)
    refused(syscall(SYS_NBRECV, -1, 1), EAGAIN, 'set anew')
    setTimer(0, 1)
  })
  test('TIM0012', 'a timer needs bits, and not bit 63', () => {
    refused(syscall(SYS_TIMER_SET, 1, 0), EINVAL, 'no bits')
    refused(syscall(SYS_TIMER_SET, 1, -1), EINVAL, 'bit 63')
    refused(syscall(SYS_TIMER_SET, 1, i64.MIN_VALUE), EINVAL, 'bit 63 alone')
  })
  test('TIM0013', 'a timer set for absolute times does not drift', () => {
    const start = uptime()
    for (let i: i64 = 1; i <= 20; i++) {
      const at = start + i * 3 * MS
      setTimer(at, 1)
      same(waitNotification(1), 1, 'bits')
      holds(uptime() >= at, 'it fired early')
    }
    between(uptime() - start, 60 * MS, 60 * MS + SLACK, 'twenty times 3 ms')
  })
  test('TIM0014', 'a timer in the farthest future does not fire', () => {
    setTimer(i64.MAX_VALUE, 1)
    syscall(SYS_NANOSLEEP, 2 * MS)
    refused(syscall(SYS_NBRECV, -1, 1), EAGAIN, 'fired')
    setTimer(-1, 1)
    syscall(SYS_NANOSLEEP, 2 * MS)
    refused(syscall(SYS_NBRECV, -1, 1), EAGAIN, 'fired')
  })
}

/** Lets two tasks spin; true if both had about as much of the processor. */
function shareFairly(): bool {
  const a = new Child('spin')
  const b = new Child('spin')
  a.program.priority = 2
  b.program.priority = 2
  a.start()
  b.start()
  syscall(SYS_NANOSLEEP, 45 * MS)
  const all = tasks()
  let first: i64 = 0
  let second: i64 = 0
  for (let i = 0; i < all.length; i++) {
    if (all[i].pid === a.pid) first = all[i].time
    if (all[i].pid === b.pid) second = all[i].time
  }
  kill(a.task, 9)
  kill(b.task, 9)
  a.ends(9, REASON_KILLED)
  b.ends(9, REASON_KILLED)
  return first * 4 > second && second * 4 > first
}

function addScheduling(): void {
  test('SCH0001', 'YIELD lets a task of the same priority run', () => {
    const child = new Child('exit', 2).start()
    let yields = 0
    while (stateOf(child.task) !== STATE_DEAD && yields < 5000) {
      syscall(SYS_YIELD)
      yields++
    }
    holds(yields < 5000, 'it never ran')
    child.ends(2)
  })
  test('SCH0002', 'a task that never yields does not stop others of its priority', () => {
    const spinner = new Child('spin').start()
    const child = new Child('exit', 5).start()
    child.ends(5)
    spinner.stop()
  })
  test('SCH0003', 'two tasks that never yield share the processor', () => {
    // A host that stops for a while takes it from one of both: so there is more than one try.
    for (let i = 0; i < 5; i++) if (shareFairly()) return
    fail('one of them has less than a quarter of the other')
  })
  test('SCH0004', 'a task of lower priority does not run while a higher one does', () => {
    const low = new Child('spin')
    low.program.priority = 1
    low.start()
    const before = uptime()
    while (uptime() < before + 25 * MS) {}
    const all = tasks()
    for (let i = 0; i < all.length; i++) {
      if (all[i].pid === low.pid) same(all[i].time, 0, 'its processor time')
    }
    low.stop()
  })
  test('SCH0005', 'a task of higher priority preempts when its time has come', () => {
    const high = new Child('sleep', 5 * MS).start()
    same(syscall(SYS_TASK_PRIORITY, MYSELF, 1), 3, 'former priority')
    const before = uptime()
    while (stateOf(high.task) !== STATE_DEAD && uptime() < before + 500 * MS) {}
    holds(uptime() < before + 500 * MS, 'it did not wake')
    high.ends(0)
  })
  test('SCH0006', 'raising the priority of a task that is ready lets it run at once', () => {
    const child = new Child('exit', 1)
    child.program.priority = 0
    child.start()
    same(stateOf(child.task), STATE_READY, 'state')
    same(syscall(SYS_TASK_PRIORITY, MYSELF, 2), 3, 'lower oneself')
    same(stateOf(child.task), STATE_READY, 'state')
    same(syscall(SYS_TASK_PRIORITY, child.task, 2), 0, 'raise the other')
    syscall(SYS_TASK_PRIORITY, MYSELF, 1)
    same(stateOf(child.task), STATE_DEAD, 'state')
    child.ends(1)
  })
  test('SCH0007', 'YIELD does not let a task of lower priority run', () => {
    const low = new Child('exit', 1)
    low.program.priority = 2
    low.start()
    for (let i = 0; i < 100; i++) syscall(SYS_YIELD)
    same(stateOf(low.task), STATE_READY, 'state')
    low.ends(1)
  })
  test('SCH0008', 'tasks that yield to each other all get on', () => {
    const a = new Child('yield').start()
    const b = new Child('yield').start()
    const c = new Child('exit', 3).start()
    c.ends(3)
    kill(a.task, 9)
    kill(b.task, 9)
    a.ends(9, REASON_KILLED)
    b.ends(9, REASON_KILLED)
  })
  test('SCH0009', 'notifying a task of higher priority lets it run before NOTIFY returns', () => {
    const child = new Child('notified', 1).start().until(STATE_NOTIFICATION)
    same(syscall(SYS_TASK_PRIORITY, MYSELF, 1), 3, 'former priority')
    same(notify(child.task, 1), 0, 'notify')
    same(stateOf(child.task), STATE_DEAD, 'state')
    child.ends(1)
  })
  test('SCH0010', 'a long system call of one task does not delay the timer of another', () => {
    const at = uptime() + 4 * MS
    const low = new Child('map-and-unmap')
    low.program.priority = 1
    low.start()
    setTimer(at, 1)
    same(waitNotification(1), 1, 'bits')
    between(uptime(), at, at + SLACK, 'when')
    low.stop()
  })
}

export function addTimeCases(): void {
  addNotifications()
  addTimes()
  addScheduling()
}
