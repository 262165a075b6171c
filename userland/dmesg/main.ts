/** `dmesg`: the kernel's log, and what servers wrote to it. */
import { fail, printBytes } from '../libkenix'
import { SLOT_LOG, SYS_LOG_READ } from '../libkenix/generated/abi'
import { result, syscallMany } from '../libkenix/syscall'

const BLOCK = 4096

export function main(): i32 {
  const block = new ArrayBuffer(BLOCK)
  const p = changetype<usize>(block)
  let position: i64 = 0
  while (true) {
    const n = syscallMany(SYS_LOG_READ, SLOT_LOG, position, p, BLOCK)
    if (n < 0) return fail('cannot read the log', n)
    if (n === 0) return 0
    position = result(1)
    printBytes(p, n as i32)
  }
}
