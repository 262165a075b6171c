/**
 * How to go on, as a debugger says it: `vCont` with an action for each thread. GDB manual, E.2 "Packets".
 *
 * Signals are ignored: a vCPU has none. Of several vCPUs to be stepped the first one is.
 */
import type { Resume } from '../run-control.ts'
import { hexNumber } from './hex.ts'

/** What `vCont?` is answered with. */
export const VCONT_ACTIONS = 'vCont;c;C;s;S'

/** A thread of the protocol: `all` is -1, `any` is 0. */
export type Thread = number | 'all' | 'any'

/** A thread id: 1 to n are vCPUs 0 to n-1, given here. Undefined if it is no thread of this machine. */
export function parseThread(text: string, cpus: number): Thread | undefined {
  if (text === '-1') return 'all'
  const id = hexNumber(text)
  if (id === 0) return 'any'
  return id !== undefined && id <= cpus ? id - 1 : undefined
}

/** The actions behind `vCont`, such as `;s:1;c`. Undefined if they are malformed, or let nothing run. */
export function parseVCont(text: string, cpus: number): Resume | undefined {
  if (!text.startsWith(';')) return undefined
  const actions: { step: boolean; thread: Thread }[] = []
  for (const part of text.slice(1).split(';')) {
    const match = /^(?:([cs])|([CS])[0-9a-fA-F]{2})(?::(.+))?$/.exec(part)
    if (!match) return undefined
    const thread = match[3] === undefined ? 'all' : parseThread(match[3], cpus)
    if (thread === undefined) return undefined
    actions.push({ step: (match[1] ?? match[2])!.toLowerCase() === 's', thread })
  }
  // The leftmost action that names a thread is the one for it.
  const chosen = Array.from({ length: cpus }, (_, cpu) =>
    actions.find(({ thread }) => thread === 'all' || thread === 'any' || thread === cpu),
  )
  const step = chosen.findIndex((action) => action?.step === true)
  if (step >= 0) return { step }
  const only = new Set(chosen.flatMap((action, cpu) => (action ? [cpu] : [])))
  if (only.size === 0) return undefined
  return only.size === cpus ? {} : { only }
}
