/** `netinfo`: address and state of the network device. */
import { args, call, fail, hex, isOpen, misuse, printLine, replyWord } from '../libkenix'
import { NETDEV_INFO, SLOT_NETDEV } from '../libkenix/generated/abi'

export function main(): i32 {
  if (args().length > 0) return misuse('', 'netinfo')
  if (!isOpen(SLOT_NETDEV)) {
    printLine('There is no network device.')
    return 1
  }
  const error = call(SLOT_NETDEV, NETDEV_INFO)
  if (error < 0) return fail('cannot ask the network device', error)
  const mac = replyWord(0)
  const bytes: string[] = []
  for (let i = 0; i < 6; i++) bytes.push(hex((mac >> (i * 8)) & 0xff, 2))
  printLine(`address ${bytes.join(':')}, link ${replyWord(1) === 1 ? 'up' : 'down'}`)
  printLine(`${replyWord(2)} frames dropped`)
  return 0
}
