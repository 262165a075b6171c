/**
 * `grep [-vinclqF] EXPRESSION [FILE...]`: lines that match. -v: that do not; -i: capitals and small letters are the same; -n:
 * with numbers; -c: how many; -l: names of files with some; -q: nothing, only the exit code; -F: the expression is a plain text.
 */
import {
  args,
  Inputs,
  misuse,
  Options,
  outputError,
  parseOptions,
  printLine,
  Reader,
} from '../libkenix'
import { Regex } from '../libkenix/text/regex'

const USAGE = 'grep [-vinclqF] EXPRESSION [FILE...]'

/** Searches one input; how many lines were found. */
function search(inputs: Inputs, regex: Regex, plain: string, options: Options): i64 {
  const reader = new Reader(inputs.handle)
  const quiet = options.has('q') || options.has('l') || options.has('c')
  const prefix = inputs.count > 1 ? `${inputs.name}:` : ''
  let number = 0
  let found: i64 = 0
  while (outputError === 0) {
    const line = reader.readLine()
    if (line === null) break
    number++
    const subject = options.has('i') ? line.toLowerCase() : line
    const matched = options.has('F') ? subject.includes(plain) : regex.matches(line)
    if (matched === options.has('v')) continue
    found++
    if (!quiet) printLine(`${prefix}${options.has('n') ? `${number}:` : ''}${line}`)
    else if (!options.has('c')) break
  }
  inputs.check(reader.error)
  return found
}

export function main(): i32 {
  const options = parseOptions(args(), 'vinclqFE')
  if (options.error !== '' || options.operands.length === 0) return misuse(options.error, USAGE)
  const expression = options.operands[0]
  const plain = options.has('i') ? expression.toLowerCase() : expression
  const regex = new Regex(options.has('F') ? '' : expression, options.has('i'))
  if (regex.error !== '') return misuse(`"${expression}": ${regex.error}`, USAGE)
  const inputs = new Inputs(options.operands.slice(1))
  let any = false
  while (inputs.next()) {
    const found = search(inputs, regex, plain, options)
    if (found > 0) any = true
    if (options.has('c')) printLine(`${inputs.count > 1 ? `${inputs.name}:` : ''}${found}`)
    else if (options.has('l') && found > 0) printLine(inputs.name)
  }
  if (inputs.status !== 0) return 2
  return any ? 0 : 1
}
