/** `services`: what init watches. `services restart NAME`: ends a server, so that init starts it again. */
import {
  args,
  call,
  callLending,
  columns,
  fail,
  LEND_READ,
  LEND_WRITE,
  lend,
  misuse,
  print,
  replyWord,
} from '../libkenix'
import { INIT_RESTART, INIT_SERVICES, SLOT_INIT } from '../libkenix/generated/abi'

const NAME_BYTES = 64

function restart(service: string): i32 {
  const name = String.UTF8.encode(service)
  const p = changetype<usize>(name)
  const length = name.byteLength
  const error = callLending(SLOT_INIT, INIT_RESTART, p, length, LEND_READ, 0, length)
  return error < 0 ? fail(service, error) : 0
}

export function main(): i32 {
  const words = args()
  if (words.length === 2 && words[0] === 'restart') return restart(words[1])
  if (words.length > 0) return misuse('', 'services [restart NAME]')
  const name = new ArrayBuffer(NAME_BYTES)
  const p = changetype<usize>(name)
  const rows: Array<Array<string>> = [['NAME', 'PID', 'RESTARTS', 'STATE']]
  for (let index = 0; ; index++) {
    lend(p, NAME_BYTES, LEND_WRITE)
    const length = call(SLOT_INIT, INIT_SERVICES, index) as i32
    if (length < 0) return fail('cannot ask init', length)
    if (length === 0) break
    const text = String.UTF8.decodeUnsafe(p, min(length, NAME_BYTES))
    const state = replyWord(2) === 1 ? 'runs' : 'waits for its restart'
    rows.push([text, replyWord(0).toString(), replyWord(1).toString(), state])
  }
  print(columns(rows, ' >>'))
  return 0
}
