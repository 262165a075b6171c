/**
 * Queues of tasks: a head and a tail, linked through the records. A task is in one queue at most, and knows which. Order is
 * priority first where tasks are put in by `insert`, arrival else.
 */
import { NEXT, PREVIOUS, PRIORITY, QUEUE } from './task'

/** Bytes of a queue. */
export const QUEUE_BYTES: usize = 8

export function first(queue: usize): usize {
  return load<u32>(queue)
}

export function append(queue: usize, task: usize): void {
  const last: usize = load<u32>(queue, 4)
  store<u32>(task + NEXT, 0)
  store<u32>(task + PREVIOUS, last as u32)
  store<u32>(task + QUEUE, queue as u32)
  if (last) store<u32>(last + NEXT, task as u32)
  else store<u32>(queue, task as u32)
  store<u32>(queue, task as u32, 4)
}

export function prepend(queue: usize, task: usize): void {
  const next: usize = load<u32>(queue)
  store<u32>(task + NEXT, next as u32)
  store<u32>(task + PREVIOUS, 0)
  store<u32>(task + QUEUE, queue as u32)
  if (next) store<u32>(next + PREVIOUS, task as u32)
  else store<u32>(queue, task as u32, 4)
  store<u32>(queue, task as u32)
}

/** Puts it behind all of its priority or a higher one. */
export function insert(queue: usize, task: usize): void {
  const priority = load<u32>(task + PRIORITY)
  let before: usize = load<u32>(queue, 4)
  while (before && load<u32>(before + PRIORITY) < priority) before = load<u32>(before + PREVIOUS)
  if (!before) return prepend(queue, task)
  const next: usize = load<u32>(before + NEXT)
  if (!next) return append(queue, task)
  store<u32>(task + NEXT, next as u32)
  store<u32>(task + PREVIOUS, before as u32)
  store<u32>(task + QUEUE, queue as u32)
  store<u32>(before + NEXT, task as u32)
  store<u32>(next + PREVIOUS, task as u32)
}

/** Takes a task out of the queue it is in, if any. */
export function remove(task: usize): void {
  const queue: usize = load<u32>(task + QUEUE)
  if (!queue) return
  const next: usize = load<u32>(task + NEXT)
  const previous: usize = load<u32>(task + PREVIOUS)
  if (previous) store<u32>(previous + NEXT, next as u32)
  else store<u32>(queue, next as u32)
  if (next) store<u32>(next + PREVIOUS, previous as u32)
  else store<u32>(queue, previous as u32, 4)
  store<u32>(task + QUEUE, 0)
}
