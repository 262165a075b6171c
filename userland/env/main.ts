/** `env [NAME=VALUE...] [COMMAND [ARGUMENT...]]`: shows the environment, or runs a command in a changed one. */
import {
  args,
  environment,
  fail,
  printLine,
  setVariable,
  spawn,
  variableOr,
  wait,
} from '../libkenix'
import { ENOENT } from '../libkenix/generated/abi'

export function main(): i32 {
  const words = args()
  let i = 0
  for (; i < words.length; i++) {
    const equals = words[i].indexOf('=')
    if (equals < 1) break
    setVariable(words[i].substring(0, equals), words[i].substring(equals + 1))
  }
  if (i === words.length) {
    const all = environment()
    for (let k = 0; k < all.length; k++) printLine(all[k])
    return 0
  }
  const task = spawn(words.slice(i), variableOr('PATH', '/bin'))
  if (task < 0) {
    fail(words[i], task)
    return task === -ENOENT ? 127 : 126
  }
  return wait(task).code
}
