/** Clocks, sleeps and timers. All deadlines are absolute; the nearest one is in `NEXT_EVENT`. */
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_TASK,
  EINVAL,
  MAX_TASKS,
  STATE_FREE,
  STATE_SLEEPING,
} from '../abi/generated'
import { chargeTime } from '../arch/activate'
import { BOOT_TIME, NEXT_EVENT } from '../arch/core'
import { armTimer, now, ticksAt, toNanoseconds, toTicks, uptime } from '../arch/timer'
import { notify } from '../ipc/notification'
import { makeReady, pick, rotate } from './schedule'
import { answer, fail, register, STATE, TIME, TIMER, TIMER_BITS, taskAt, WAKE } from './task'

export function clock(task: usize): usize {
  const which = register(task, 0)
  if (which == (CLOCK_MONOTONIC as u64)) return answer(task, uptime() as i64)
  if (which == (CLOCK_REALTIME as u64))
    return answer(task, (load<u64>(BOOT_TIME) + uptime()) as i64)
  if (which != (CLOCK_TASK as u64)) return fail(task, EINVAL)
  chargeTime()
  return answer(task, toNanoseconds(load<u64>(task + TIME)) as i64)
}

function plan(deadline: u64): void {
  if (deadline >= load<u64>(NEXT_EVENT)) return
  store<u64>(NEXT_EVENT, deadline)
  armTimer()
}

export function timerSet(task: usize): usize {
  const at = register(task, 0)
  const bits = register(task, 1)
  if (at && (!bits || bits >> 63)) return fail(task, EINVAL)
  store<u64>(task + TIMER, 0)
  if (!at) return answer(task, 0)
  const deadline = ticksAt(at)
  store<u64>(task + TIMER, deadline)
  store<u64>(task + TIMER_BITS, bits)
  plan(deadline)
  return answer(task, 0)
}

export function sleep(task: usize): usize {
  const ns = register(task, 0)
  answer(task, 0)
  if (!ns) return rotate(task)
  const ticks = toTicks(ns)
  const at = now()
  const deadline = ticks > ~at ? ~(0 as u64) : at + ticks
  store<u64>(task + WAKE, deadline)
  store<u32>(task + STATE, STATE_SLEEPING)
  plan(deadline)
  return pick()
}

/** Ends the sleeps and fires the timers whose time has come; finds the next deadline. */
export function expire(): void {
  const at = now()
  if (at < load<u64>(NEXT_EVENT)) return
  let next = ~(0 as u64)
  for (let i: u32 = 0; i < (MAX_TASKS as u32); i++) {
    const task = taskAt(i)
    if (load<u32>(task + STATE) == (STATE_FREE as u32)) continue
    const wakes = load<u64>(task + WAKE)
    if (wakes) {
      if (wakes <= at) {
        store<u64>(task + WAKE, 0)
        makeReady(task)
      } else if (wakes < next) next = wakes
    }
    const fires = load<u64>(task + TIMER)
    if (!fires) continue
    if (fires <= at) {
      store<u64>(task + TIMER, 0)
      notify(task, load<u64>(task + TIMER_BITS))
    } else if (fires < next) next = fires
  }
  store<u64>(NEXT_EVENT, next)
  armTimer()
}
