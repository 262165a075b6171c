/** A thread that does jobs, one at a time, by the names it is sent. */

import { runJob } from './jobs.ts'

declare const self: Worker

self.onmessage = async ({ data: job }: MessageEvent<string>) => {
  try {
    self.postMessage({ job, bytes: await runJob(job) })
  } catch (error) {
    self.postMessage({ job, error: (error as Error).message })
  }
}
