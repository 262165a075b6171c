/**
 * ktest: what the kernel promises, as a table of named cases. Without `--case` and `--role` it runs them all, each in a task of its
 * own, and tells of each in a line; it may be the first program (`init=bin/ktest`) or be started by the shell.
 *
 *   ktest [--json] [--times] [--list] [--measure] [ID-PREFIX...]
 */

import { args } from '../libkenix/environment'
import { SLOT_INIT } from '../libkenix/generated/abi'
import { isOpen } from '../libkenix/handle'
import { addCases } from './cases'
import { fail, PASSED } from './check'
import { findCase, findRole } from './registry'
import { Runner } from './runner'

export function main(): i32 {
  const words = args()
  addCases()
  if (words.length >= 2 && words[0] === '--case') {
    const found = findCase(words[1])
    if (found === null) fail(`there is no case ${words[1]}`)
    else found.body()
    return PASSED
  }
  if (words.length >= 2 && words[0] === '--role') {
    const play = findRole(words[1])
    if (play === null) fail(`there is no role ${words[1]}`)
    else return play()
  }
  return new Runner(words, !isOpen(SLOT_INIT)).run()
}
