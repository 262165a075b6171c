/** Programs that are none: every field of an ELF file that the kernel reads, wrong. */
import {
  EFAULT,
  ENOEXEC,
  ENOMEM,
  MAX_ELF_BYTES,
  REASON_FAULT,
  SYS_EXIT,
  SYS_SPAWN,
} from '../../libkenix/generated/abi'
import { store64 } from '../../libkenix/imports/mem64'
import { syscall } from '../../libkenix/syscall'
import { badAddresses, edge } from '../addresses'
import { refused } from '../check'
import { ends, startElf, tryElf } from '../child'
import {
  Code,
  DATA,
  DATA_HEADER,
  Elf,
  P_FILESZ,
  P_FLAGS,
  P_MEMSZ,
  P_OFFSET,
  P_TYPE,
  P_VADDR,
  TEXT,
  TEXT_HEADER,
} from '../elf'
import { addImmediate, cmp, ldr, str } from '../instructions'
import { test } from '../registry'

/** A program that is right and ends with code 6. */
function good(): Elf {
  return new Elf(new Code().exit(6))
}

function noProgram(elf: Elf, what: string): void {
  refused(tryElf(elf), ENOEXEC, what)
}

/** Spawns the first `bytes` bytes of a program. */
function cut(elf: Elf, bytes: i32): i64 {
  return syscall(SYS_SPAWN, elf.address, bytes, 0)
}

export function addElfCases(): void {
  test('ELF0001', 'a small program with text and data runs', () => {
    const code = new Code().set(1, DATA).set(2, 77).add(str(2, 1)).add(ldr(0, 1)).call(SYS_EXIT)
    ends(startElf(new Elf(code)), 77)
  })
  test('ELF0002', 'data that is not in the file is zero', () => {
    const code = new Code().set(1, DATA)
    for (let at: u32 = 0; at < 0x3000; at += 0x800) {
      code
        .add(ldr(2, 1))
        .expect(2, 0, 1)
        .add(addImmediate(1, 1, 0x800))
    }
    ends(startElf(new Elf(code.exit(0))), 0)
  })
  test('ELF0003', 'a file cut off anywhere in its headers is no program', () => {
    const lengths: i32[] = [0, 1, 4, 63, 64, 65, 120, 175]
    for (let i = 0; i < lengths.length; i++) refused(cut(good(), lengths[i]), ENOEXEC, 'cut')
  })
  test('ELF0004', 'a file cut off within a segment is no program', () => {
    refused(cut(good(), 0x100), ENOEXEC, 'before the code')
    refused(cut(good(), good().bytes - 1), ENOEXEC, 'before the last byte')
  })
  test('ELF0005', 'a file that is too long is no program', () => {
    refused(cut(good(), MAX_ELF_BYTES + 1), ENOEXEC, 'above 16 MiB')
    refused(syscall(SYS_SPAWN, good().address, i64.MAX_VALUE, 0), EFAULT, 'all addresses')
    refused(syscall(SYS_SPAWN, good().address, -1, 0), EFAULT, 'length -1')
  })
  test('ELF0006', 'the magic number, class, byte order and version must be right', () => {
    for (let at = 0; at < 7; at++) {
      const elf = good()
      store<u8>(elf.address + at, load<u8>(elf.address + at) ^ 3)
      noProgram(elf, `byte ${at.toString()}`)
    }
  })
  test('ELF0007', 'the machine must be AArch64 and the file an executable', () => {
    noProgram(good().set16(18, 62), 'x86-64')
    noProgram(good().set16(18, 40), '32-bit Arm')
    noProgram(good().set16(16, 3), 'a shared object')
    noProgram(good().set16(16, 1), 'an object file')
  })
  test('ELF0008', 'program headers must lie in the file', () => {
    noProgram(good().set64(32, 0x1000), 'behind the end')
    noProgram(good().set64(32, i64.MIN_VALUE), 'at 2^63')
    noProgram(good().set64(32, -56), 'whose end overflows')
    noProgram(good().set64(32, 61), 'at an odd address')
  })
  test('ELF0009', 'number and size of program headers must be right', () => {
    noProgram(good().set16(56, 0), 'none')
    noProgram(good().set16(56, 0xffff), '65535')
    noProgram(good().set16(56, 33), '33')
    noProgram(good().set16(54, 32), 'of 32 bytes')
    noProgram(good().set16(54, 0), 'of 0 bytes')
  })
  test('ELF0010', 'a program that wants an interpreter is refused', () => {
    noProgram(good().set32(DATA_HEADER + P_TYPE, 3), 'PT_INTERP')
  })
  test('ELF0011', 'headers of other types do not matter', () => {
    const elf = good()
      .set32(DATA_HEADER + P_TYPE, 0x6474e551)
      .set64(DATA_HEADER + P_VADDR, -1)
    ends(startElf(elf), 6)
  })
  test('ELF0012', 'a writable and executable segment is refused', () => {
    noProgram(good().set32(TEXT_HEADER + P_FLAGS, 7), 'text')
    noProgram(good().set32(DATA_HEADER + P_FLAGS, 3), 'data')
  })
  test('ELF0013', 'segments that overlap are refused', () => {
    noProgram(good().set64(DATA_HEADER + P_VADDR, TEXT), 'the same address')
    noProgram(good().set64(DATA_HEADER + P_VADDR, TEXT + 0x800), 'the same page')
    noProgram(good().set64(DATA_HEADER + P_VADDR, TEXT - 0x2800), 'the end in it')
  })
  test('ELF0014', 'a segment where the stack lies is refused', () => {
    noProgram(good().set64(DATA_HEADER + P_VADDR, 0x2_ffff_0000), 'in the stack')
    noProgram(good().set64(DATA_HEADER + P_VADDR, 0x2_fffb_f000), 'into the stack')
  })
  test('ELF0015', 'segments in the null page or of the kernel are refused', () => {
    const addresses = badAddresses()
    for (let i = 0; i < addresses.length; i++) {
      if (addresses[i] === 0x5_0000_0000) continue
      noProgram(good().set64(DATA_HEADER + P_VADDR, addresses[i] as u64), 'data')
    }
  })
  test('ELF0016', 'a segment whose end overflows is refused', () => {
    noProgram(good().set64(DATA_HEADER + P_MEMSZ, u64.MAX_VALUE), 'all memory')
    noProgram(good().set64(DATA_HEADER + P_MEMSZ, 0x8000_0000_0000), 'to the end of tasks')
    noProgram(good().set64(DATA_HEADER + P_VADDR, 0x7fff_ffff_e000), 'over the end of tasks')
  })
  test('ELF0017', 'a segment larger than memory gives ENOMEM', () => {
    const elf = good().set64(DATA_HEADER + P_VADDR, 0x1000_0000_0000)
    refused(tryElf(elf.set64(DATA_HEADER + P_MEMSZ, 0x100_0000_0000)), ENOMEM, '1 TiB')
  })
  test('ELF0018', 'more bytes in the file than in memory are refused', () => {
    noProgram(good().set64(TEXT_HEADER + P_MEMSZ, 8), 'text')
    noProgram(good().set64(TEXT_HEADER + P_FILESZ, 0x10000), 'more than the file has')
  })
  test('ELF0019', 'offsets outside of the file are refused', () => {
    noProgram(good().set64(TEXT_HEADER + P_OFFSET, 0x10000), 'behind the end')
    noProgram(good().set64(TEXT_HEADER + P_OFFSET, u64.MAX_VALUE), '-1')
    noProgram(good().set64(TEXT_HEADER + P_OFFSET, 8), 'so that the end is outside')
  })
  test('ELF0020', 'an entry outside of the program faults the program only', () => {
    ends(startElf(good().set64(24, DATA + 0x10000)), 139, REASON_FAULT)
    ends(startElf(good().set64(24, 0)), 139, REASON_FAULT)
    ends(startElf(good().set64(24, DATA)), 139, REASON_FAULT)
  })
  test('ELF0021', 'an entry in the kernel is refused', () => {
    noProgram(good().set64(24, 0xffff_8000_0000_1000), 'the image')
    noProgram(good().set64(24, 0x8000_0000_0000), 'the end of tasks')
    noProgram(good().set64(24, u64.MAX_VALUE), '-1')
  })
  test('ELF0022', 'a program at a bad address gives EFAULT', () => {
    const addresses = badAddresses()
    for (let i = 0; i < addresses.length; i++) {
      refused(syscall(SYS_SPAWN, addresses[i], 0x1000, 0), EFAULT, 'spawn')
    }
  })
  test('ELF0023', 'a program that runs into an unmapped page gives EFAULT', () => {
    const at = edge(0x108) as u64
    const elf = good()
    // Its headers and one instruction are there, the rest is not: addresses above 4 GiB need mem64.
    for (let i: usize = 0; i < 0x108; i += 8) {
      store64(at + (i as u64), load<u64>(elf.address + i))
    }
    refused(syscall(SYS_SPAWN, at as i64, elf.bytes, 0), EFAULT, 'spawn')
    refused(syscall(SYS_SPAWN, edge(32), 0x1000, 0), EFAULT, 'half a header')
  })
  test('ELF0024', 'segments far above 4 GiB are loaded', () => {
    const elf = good().set64(DATA_HEADER + P_VADDR, 0x7000_0000_0000)
    ends(startElf(elf), 6)
  })
  test('ELF0025', 'segments may begin anywhere in a page', () => {
    const code = new Code()
      .set(1, DATA + 0x123)
      .add(ldr(2, 1))
      .set(3, 0x00010102464c457f)
    code.add(cmp(2, 3)).exitUnlessEqual(1).exit(0)
    const elf = new Elf(code).segment(DATA_HEADER, 6, 0, DATA + 0x123, 64, 0x1000)
    ends(startElf(elf), 0)
  })
}
