/** System calls as such: numbers, and what they leave alone. */
import { ENOSYS, SYS_GETPID, SYS_YIELD } from '../../libkenix/generated/abi'
import { call as svc } from '../../libkenix/imports/svc'
import { same } from '../check'
import { ends, startElf } from '../child'
import { Code, Elf } from '../elf'
import { addImmediate, cmp, mov, mrsNzcv, mrsTpidr, msrNzcv, msrTpidr, SVC } from '../instructions'
import { test } from '../registry'

function none(number: u64): void {
  same(svc(number, 0, 0, 0, 0, 0, 0) as i64, -ENOSYS, `call ${number.toString()}`)
}

/** A program that sets x1 to x30 to numbers of its own, yields, and compares them, many times. */
function registersProgram(seed: u32, rounds: i32): Elf {
  const code = new Code()
  for (let round = 0; round < rounds; round++) {
    for (let r: u32 = 1; r < 31; r++) if (r !== 8) code.set(r, seed + r * 3)
    code.call(SYS_YIELD)
    for (let r: u32 = 1; r < 31; r++) if (r !== 8) code.expect(r, seed + r * 3, r as i32)
    code.expect(8, SYS_YIELD, 8).expect(0, 0, 32)
  }
  return new Elf(code.exit(0))
}

export function addCallCases(): void {
  test('SYS0001', 'a number without a call gives ENOSYS', () => {
    const numbers: i32[] = [16, 27, 29, 38, 44, 47, 58, 65, 92, 94, 103, 116, 201, 216, 227, 255]
    for (let i = 0; i < numbers.length; i++) none(numbers[i])
  })
  test('SYS0002', 'a number above all tables gives ENOSYS', () => {
    none(256)
    none(4096)
    none(0x7fff_ffff)
    none(0xffff_ffff)
    none(u64.MAX_VALUE)
    none(0x8000_0000_0000_0000)
  })
  test('SYS0003', 'all 64 bits of the number count', () => {
    none(0x1_0000_0000 + (SYS_GETPID as u64))
    none(0x8000_0000_0000_0000 + (SYS_GETPID as u64))
  })
  test('SYS0004', 'registers x1 to x30 keep their values over a call while other tasks run', () => {
    const first = startElf(registersProgram(100, 8))
    const second = startElf(registersProgram(2000, 8))
    ends(first, 0)
    ends(second, 0)
  })
  test('SYS0005', 'the condition flags keep their values over a call', () => {
    const code = new Code()
    for (let flags: u64 = 0; flags < 16; flags++) {
      code
        .set(1, flags << 28)
        .add(msrNzcv(1))
        .call(SYS_YIELD)
        .add(mrsNzcv(2))
      code.add(cmp(1, 2)).exitUnlessEqual(1)
    }
    ends(startElf(new Elf(code.exit(0))), 0)
  })
  test('SYS0006', 'the stack pointer keeps its value over a call', () => {
    const code = new Code().add(addImmediate(20, 31, 0)).call(SYS_YIELD)
    code
      .add(addImmediate(21, 31, 0))
      .add(cmp(20, 21))
      .exitUnlessEqual(1)
    ends(startElf(new Elf(code.exit(0))), 0)
  })
  test('SYS0007', 'each task has its own TPIDR_EL0', () => {
    const first = new Code().set(1, 0x1234).add(msrTpidr(1))
    const second = new Code().set(1, 0x4321).add(msrTpidr(1))
    for (let i = 0; i < 10; i++) {
      first.call(SYS_YIELD).add(mrsTpidr(2)).add(cmp(1, 2)).exitUnlessEqual(1)
      second.call(SYS_YIELD).add(mrsTpidr(2)).add(cmp(1, 2)).exitUnlessEqual(1)
    }
    const a = startElf(new Elf(first.exit(0)))
    const b = startElf(new Elf(second.exit(0)))
    ends(a, 0)
    ends(b, 0)
  })
  test('SYS0008', 'a new task sees nothing of others in its registers', () => {
    const code = new Code()
    for (let r: u32 = 1; r < 31; r++) code.expect(r, 0, r as i32)
    code
      .add(addImmediate(1, 31, 0))
      .add(cmp(0, 1))
      .exitUnlessEqual(31)
    code.add(mrsTpidr(2)).expect(2, 0, 32)
    ends(startElf(new Elf(code.exit(0))), 0)
  })
  test('SYS0009', 'the immediate of SVC does not matter', () => {
    const code = new Code().call(SYS_GETPID).add(mov(19, 0))
    code
      .add(SVC | (0x1234 << 5))
      .add(cmp(0, 19))
      .exitUnlessEqual(1)
      .exit(0)
    ends(startElf(new Elf(code)), 0)
  })
}
