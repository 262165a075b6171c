/** A thread that builds programs, one at a time, by the names it is sent. */

import { buildProgram } from './programs.ts'

declare const self: Worker

self.onmessage = async ({ data }: MessageEvent<string>) => {
  try {
    self.postMessage({ name: data, elf: await buildProgram(data) })
  } catch (error) {
    self.postMessage({ name: data, error: (error as Error).message })
  }
}
