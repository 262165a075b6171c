/** `kill [-CODE] PROCESS...`: ends processes, with exit code 143 or the given one. */
import { args, fail, killPid, misuse, NO_INTEGER, parseInteger } from '../libkenix'

const USAGE = 'kill [-CODE] PROCESS...'

export function main(): i32 {
  const words = args()
  let code: i64 = 143
  let first = 0
  if (words.length > 0 && words[0].startsWith('-')) {
    code = parseInteger(words[0].substring(1))
    if (code < 0 || code > 255)
      return misuse(`"${words[0]}" is no exit code: 0 to 255 can be`, USAGE)
    first = 1
  }
  if (words.length === first) return misuse('', USAGE)
  let status = 0
  for (let i = first; i < words.length; i++) {
    const pid = parseInteger(words[i])
    if (pid === NO_INTEGER || pid < 1) return misuse(`"${words[i]}" is no process id`, USAGE)
    const error = killPid(pid, code as i32)
    if (error < 0) status = fail(words[i], error)
  }
  return status
}
