/** Does jobs on as many threads as there are cores: each loads the compiler of its own, so a few jobs need none. */

import { availableParallelism } from 'node:os'
import { runJob } from './jobs.ts'

/** Loading the compiler takes as long as this many jobs. */
const WORTH_A_THREAD = 3

interface Done {
  readonly job: string
  readonly bytes?: Uint8Array
  readonly error?: string
}

/**
 * Does jobs, in this order as threads get free.
 *
 * @param onDone called for each with what it made
 * @throws Error with the messages of all that fail
 */
export async function runJobs(
  jobs: readonly string[],
  onDone: (job: string, bytes: Uint8Array) => void,
): Promise<void> {
  const errors: string[] = []
  const pending = [...jobs]
  const done = ({ job, bytes, error }: Done) => {
    if (bytes) onDone(job, bytes)
    else errors.push(error ?? `Cannot do ${job}`)
  }
  const threads = Math.min(availableParallelism(), Math.ceil(jobs.length / WORTH_A_THREAD))
  if (threads > 1) {
    await Promise.all(Array.from({ length: threads }, () => runThread(pending, done)))
  } else {
    for (const job of pending) {
      await runJob(job).then(
        (bytes) => done({ job, bytes }),
        ({ message }: Error) => done({ job, error: message }),
      )
    }
  }
  if (errors.length > 0) throw new Error(errors.join('\n\n'))
}

/** A thread that takes jobs until there are none. */
function runThread(pending: string[], done: (result: Done) => void): Promise<void> {
  const worker = new Worker(new URL('./worker.ts', import.meta.url))
  return new Promise((resolve, reject) => {
    const next = () => {
      const job = pending.shift()
      if (job !== undefined) worker.postMessage(job)
      else {
        worker.terminate()
        resolve()
      }
    }
    worker.onmessage = ({ data }: MessageEvent<Done>) => {
      done(data)
      next()
    }
    worker.onerror = ({ message }) => {
      worker.terminate()
      reject(new Error(`Cannot build on a thread: ${message}`))
    }
    next()
  })
}
