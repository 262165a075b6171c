/**
 * The same C on this host, for scale.
 */
import { median } from './table.ts'

/** Median time of a part of a program, and its checksum. */
export interface NativeResult {
  readonly seconds: number
  readonly result: string
}

/** Runs what `buildNative` made, some times. */
export function runNative(path: string, runs: number): Record<'short' | 'long', NativeResult> {
  const outputs = Array.from({ length: runs }, () => {
    const { exitCode, stdout, stderr } = Bun.spawnSync([path], { stderr: 'pipe' })
    if (exitCode !== 0) throw new Error(`Cannot run ${path}: status ${exitCode}, ${stderr}`)
    return stdout.toString()
  })
  const part = (name: string): NativeResult => {
    const matches = outputs.map((text) => new RegExp(`BENCH ${name} (\\w+) (\\S+)`).exec(text)!)
    return {
      seconds: median(matches.map((match) => Number(match[2]))),
      result: matches[0]![1]!,
    }
  }
  return { short: part('short'), long: part('long') }
}
