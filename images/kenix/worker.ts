/** A thread that builds programs, one at a time, by the names it is sent; what it built is in the cache afterwards. */

import { buildProgram } from './programs.ts'

declare const self: Worker

self.onmessage = async ({ data }: MessageEvent<string>) => {
  try {
    await buildProgram(data)
    self.postMessage({ name: data, error: undefined })
  } catch (error) {
    self.postMessage({ name: data, error: (error as Error).message })
  }
}
