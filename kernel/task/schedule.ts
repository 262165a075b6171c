/**
 * Who runs next: the first ready task of the highest priority, round robin within one. A slice is counted from an absolute time,
 * so what an interrupt costs does not shift those after it. When nobody is ready the core sleeps.
 */
import { STATE_READY } from '../abi/generated'
import { activate } from '../arch/activate'
import { CURRENT, IDLE_TICKS, NEXT_EVENT, READY, READY_BITS, SLICE_END } from '../arch/core'
import { wait_for_interrupt } from '../arch/imports/asm'
import { armTimer, now, sliceTicks } from '../arch/timer'
import { append, first, prepend, QUEUE_BYTES, remove } from './queue'
import { answer, PRIORITY, QUEUE, STATE, WORK } from './task'
import { continueWork } from './work'

function readyQueue(priority: u32): usize {
  return READY + (priority as usize) * QUEUE_BYTES
}

/** Highest priority of a ready task that does not run, -1 if there is none. */
export function highestReady(): i32 {
  return 31 - (clz<u32>(load<u32>(READY_BITS)) as i32)
}

function setReady(task: usize, atFront: bool): void {
  const priority = load<u32>(task + PRIORITY)
  store<u32>(task + STATE, STATE_READY)
  if (atFront) prepend(readyQueue(priority), task)
  else append(readyQueue(priority), task)
  store<u32>(READY_BITS, load<u32>(READY_BITS) | (1 << priority))
  if (load<u64>(SLICE_END) == ~(0 as u64)) startSlice()
}

/** Lets a task that waited run again, behind the others of its priority. */
export function makeReady(task: usize): void {
  setReady(task, false)
}

/** Ends the wait of a task in a queue. */
export function wake(task: usize): void {
  remove(task)
  setReady(task, false)
}

/** Takes a task out of whatever queue it is in. */
export function unqueue(task: usize): void {
  const queue: usize = load<u32>(task + QUEUE)
  remove(task)
  if (queue >= READY && queue < READY_BITS && first(queue) == 0) {
    const priority = ((queue - READY) / QUEUE_BYTES) as u32
    store<u32>(READY_BITS, load<u32>(READY_BITS) & ~(1 << priority))
  }
}

/** The next task to run, taken out of its queue; 0 if none is ready. The current task must have been put away. */
export function pick(): usize {
  const highest = highestReady()
  if (highest < 0) return 0
  const task = first(readyQueue(highest as u32))
  unqueue(task)
  return task
}

/** A task that has just become able to run takes the place of the current one, which waits; unless a better one is ready. */
export function handOff(to: usize): usize {
  if ((load<u32>(to + PRIORITY) as i32) >= highestReady()) {
    store<u32>(to + STATE, STATE_READY)
    return to
  }
  makeReady(to)
  return pick()
}

/** Lets the current task go on unless one of higher priority is ready. */
export function preempt(task: usize): usize {
  if (highestReady() <= (load<u32>(task + PRIORITY) as i32)) return task
  setReady(task, true)
  return pick()
}

/** Gives others of the same priority their turn. */
export function rotate(task: usize): usize {
  if (highestReady() < (load<u32>(task + PRIORITY) as i32)) return task
  setReady(task, false)
  return pick()
}

/** YIELD. */
export function yieldTurn(task: usize): usize {
  return rotate(answer(task, 0))
}

/** Starts the slice of whoever runs. */
export function startSlice(): void {
  store<u64>(SLICE_END, now() + sliceTicks())
  armTimer()
}

/** The slice has ended: the next one starts where it ended, if anybody waits for one. */
export function endSlice(task: usize): usize {
  const at = now()
  const end = load<u64>(SLICE_END)
  if (at < end) return task
  const next = task ? rotate(task) : pick()
  if (load<u32>(READY_BITS)) {
    const following = end + sliceTicks()
    store<u64>(SLICE_END, following > at ? following : at + sliceTicks())
  } else store<u64>(SLICE_END, ~(0 as u64))
  armTimer()
  return next
}

/** Sleeps until somebody is ready. */
function idle(): usize {
  const from = now()
  store<u32>(CURRENT, 0)
  store<u64>(SLICE_END, ~(0 as u64))
  armTimer()
  while (load<u32>(READY_BITS) == 0) wait_for_interrupt()
  store<u64>(IDLE_TICKS, load<u64>(IDLE_TICKS) + (now() - from))
  return pick()
}

/**
 * The last step of every entry: makes `next` the current task (0: whoever is ready, or sleep until somebody is), and does the
 * long work that tasks have to do before they run. The task it returns can go back to EL0.
 */
export function leave(next: usize): usize {
  while (true) {
    if (!next) next = pick()
    if (!next) next = idle()
    if (next != (load<u32>(CURRENT) as usize)) activate(next)
    if (!load<u32>(next + WORK)) return next
    next = continueWork(next)
  }
}

/** Forgets that events were planned; called once at boot. */
export function resetSchedule(): void {
  store<u64>(NEXT_EVENT, ~(0 as u64))
  store<u64>(SLICE_END, ~(0 as u64))
}
