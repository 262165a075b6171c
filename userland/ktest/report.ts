/** Results as lines: for people, or a JSON object each. */
import { flush, print } from '../libkenix/stdio'
import { Case } from './registry'

/** How a case went. */
export class Outcome {
  /** Empty if it passed, or why not. */
  problem: string = ''
  skipped: bool = false
  /** Processor time it took with all it started, kernel included. */
  busyNs: i64 = 0
}

/** `text` as a JSON string. */
export function quoted(text: string): string {
  let json = '"'
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x22 || code === 0x5c) json += `\\${text.charAt(i)}`
    else if (code < 0x20) json += ' '
    else json += text.charAt(i)
  }
  return `${json}"`
}

export class Report {
  private passed: i32 = 0
  private failed: i32 = 0
  private skipped: i32 = 0

  constructor(
    private readonly json: bool,
    private readonly times: bool,
  ) {}

  private line(text: string): void {
    print(`${text}\n`)
    flush()
  }

  /** Says that a number of cases follows. */
  begin(count: i32): void {
    if (!this.json) this.line(`ktest: ${count.toString()} cases`)
  }

  /** One case's line. */
  result(item: Case, outcome: Outcome): void {
    const problem = outcome.problem
    if (outcome.skipped) this.skipped++
    else if (problem === '') this.passed++
    else this.failed++
    if (this.json) {
      const word = outcome.skipped ? 'skipped' : problem === '' ? 'ok' : 'failed'
      const why = problem === '' ? '' : `,"problem":${quoted(problem)}`
      const time = this.times ? `,"ns":${outcome.busyNs.toString()}` : ''
      this.line(`{"id":"${item.id}","title":${quoted(item.title)},"result":"${word}"${why}${time}}`)
      return
    }
    const time = this.times ? ` (${(outcome.busyNs / 1000).toString()} us)` : ''
    const why = problem === '' ? '' : `: ${problem}`
    const words = outcome.skipped ? 'skipped' : problem === '' ? 'ok' : 'not ok'
    this.line(`${words} ${item.id} ${item.title}${why}${time}`)
  }

  /** The line for all of them; 0 if none failed, else 1. */
  end(): i32 {
    const passed = this.passed.toString()
    const failed = this.failed.toString()
    const skipped = this.skipped.toString()
    this.line(
      this.json
        ? `{"passed":${passed},"failed":${failed},"skipped":${skipped}}`
        : `ktest: ${passed} passed, ${failed} failed, ${skipped} skipped`,
    )
    return this.failed === 0 ? 0 : 1
  }
}
