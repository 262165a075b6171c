/** Exports regular expressions to their tests. */
import { Regex } from '../../libkenix/text/regex'

/** "yes", "no", or "error: ..." */
export function search(expression: string, text: string, ignoreCase: i32): string {
  const regex = new Regex(expression, ignoreCase !== 0)
  if (regex.error !== '') return `error: ${regex.error}`
  return regex.matches(text) ? 'yes' : 'no'
}
