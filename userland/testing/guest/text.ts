/** Exports libkenix's text functions to their tests. Lists cross as lines. */
import { fromUnix, toUnix } from '../../libkenix/text/date'
import { columns } from '../../libkenix/text/format'
import { parseOptions } from '../../libkenix/text/options'

export { duration, hex, humanSize, parseInteger } from '../../libkenix/text/format'
export {
  escapePattern,
  isPattern,
  matches,
  matchesName,
  unescapePattern,
} from '../../libkenix/text/glob'
export { baseName, directoryName, joinPath, resolvePath } from '../../libkenix/text/path'

/** A date as text, and the same through toUnix: "LONG|SECONDS". */
export function date(seconds: i64): string {
  const value = fromUnix(seconds)
  return `${value.toString()}|${value.long()}|${toUnix(value).toString()}`
}

/** Rows are lines, cells are separated by commas. */
export function table(text: string, right: string): string {
  const rows: Array<string>[] = []
  const lines = text.split('\n')
  for (let i = 0; i < lines.length; i++) rows.push(lines[i].split(','))
  return columns(rows, right)
}

/** "ERROR|a,b=value|operands" */
export function options(args: string, letters: string, names: string): string {
  const parsed = parseOptions(args === '' ? [] : args.split(' '), letters, names)
  let found = ''
  for (let i = 0; i < letters.length; i++) {
    const letter = letters.charAt(i)
    if (letter === ':' || !parsed.has(letter)) continue
    found += letter
    if (parsed.value(letter) !== '') found += `=${parsed.value(letter)}`
    if (parsed.count(letter) > 1) found += `*${parsed.count(letter).toString()}`
    found += ' '
  }
  return `${parsed.error}|${found.trimEnd()}|${parsed.operands.join(' ')}`
}
