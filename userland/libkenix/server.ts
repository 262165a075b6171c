/**
 * The loop of a server: messages go to functions registered by tag.
 *
 * A handler returns the tag of the reply; the reply's words are those of `answer`. It returns LATER if it replies itself with
 * `replyTo`, now or another time. A tag nobody registered is answered with ENOSYS.
 */
import { ENOSYS } from './generated/abi'
import { Message, receive, replyTo } from './ipc'

/** What a handler returns that does not reply now. */
export const LATER: i64 = i64.MIN_VALUE

/** Words of a reply. */
export class Answer {
  d0: i64 = 0
  d1: i64 = 0
  d2: i64 = 0
  d3: i64 = 0
}

/** Answers one message. */
export type Handler = (message: Message, answer: Answer) => i64

/** Called with the notification bits that were set. */
export type Notified = (bits: i64) => void

/** A server on this task's own endpoint (slot 59). */
export class Server {
  private readonly handlers: Map<i64, Handler> = new Map<i64, Handler>()
  private readonly message: Message = new Message()
  private readonly answer: Answer = new Answer()
  private notified: Notified | null = null
  private mask: i64 = 0

  /** Has `handler` answer messages with `tag`. */
  on(tag: i32, handler: Handler): void {
    this.handlers.set(tag, handler)
  }

  /** Has `handler` called when notification bits of `mask` are set. */
  onNotification(mask: i64, handler: Notified): void {
    this.mask = mask
    this.notified = handler
  }

  /** Serves for ever; returns the errno if nothing can be received, which is when there is no endpoint. */
  run(): i64 {
    while (true) {
      const error = this.step()
      if (error < 0) return error
    }
  }

  /** Waits for one message or notification, and serves it. */
  step(): i64 {
    const message = this.message
    const sender = receive(message, this.mask)
    if (sender < 0) return sender
    if (message.isNotification) {
      const notified = this.notified
      if (notified !== null) notified(message.d0)
      return 0
    }
    const answer = this.answer
    answer.d0 = 0
    answer.d1 = 0
    answer.d2 = 0
    answer.d3 = 0
    const tag = this.handlers.has(message.tag)
      ? this.handlers.get(message.tag)(message, answer)
      : (-ENOSYS as i64)
    if (tag !== LATER && (sender as i32) !== 0) {
      replyTo(sender, tag, answer.d0, answer.d1, answer.d2, answer.d3)
    }
    return 0
  }
}
