/** `sort [-rnu] [FILE...]`: sorts lines. -r: backwards; -n: by the number they begin with; -u: equal ones once. */
import { args, Inputs, misuse, parseOptions, printLine, Reader } from '../libkenix'

function byText(a: string, b: string): i32 {
  if (a < b) return -1
  return a > b ? 1 : 0
}

/** The number at the start of a line, 0 if there is none. */
function numberOf(line: string): f64 {
  const value = parseFloat(line.trimStart())
  // NaN, for what begins with no number, is not even at least 0.
  return Math.abs(value) >= 0 ? value : 0
}

function byNumber(a: string, b: string): i32 {
  const x = numberOf(a)
  const y = numberOf(b)
  if (x !== y) return x < y ? -1 : 1
  return byText(a, b)
}

export function main(): i32 {
  const options = parseOptions(args(), 'rnu')
  if (options.error !== '') return misuse(options.error, 'sort [-rnu] [FILE...]')
  const lines: string[] = []
  const inputs = new Inputs(options.operands)
  while (inputs.next()) {
    const reader = new Reader(inputs.handle)
    for (let line = reader.readLine(); line !== null; line = reader.readLine()) lines.push(line)
    inputs.check(reader.error)
  }
  if (options.has('n')) lines.sort(byNumber)
  else lines.sort(byText)
  if (options.has('r')) lines.reverse()
  for (let i = 0; i < lines.length; i++) {
    if (!options.has('u') || i === 0 || lines[i] !== lines[i - 1]) printLine(lines[i])
  }
  return inputs.status
}
