/**
 * What the host refuses, in terms that both HTTP and the command line can render. The message tells a person what was
 * attempted, with which value, and what would be accepted.
 */

/** Kinds of refusal; `api/http/problem.ts` gives each its status. */
export type HostErrorCode =
  | 'not-found'
  | 'exists'
  | 'in-use'
  | 'wrong-state'
  | 'invalid'
  | 'digest-mismatch'
  | 'incomplete-upload'
  | 'too-large'
  | 'no-space'
  | 'offset-not-kept'
  | 'unavailable'

/** A refusal. `extensions` are further members for machines, for example `{ state, allowed }`. */
export class HostError extends Error {
  constructor(
    readonly code: HostErrorCode,
    message: string,
    readonly extensions: Record<string, unknown> = {},
  ) {
    super(message)
    this.name = 'HostError'
  }
}
