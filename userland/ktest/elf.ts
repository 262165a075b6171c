/**
 * Small ELF files made of instructions, and whatever wrong one may want to write into them (System V gABI 4.1, chapters 4 and 5).
 *
 * The good one has two segments: text at `TEXT`, headers included, readable and executable, and three pages of data at `DATA`.
 */
import { SYS_EXIT } from '../libkenix/generated/abi'
import { bCond, cmpImmediate, movk, movz, NE, SVC } from './instructions'

export const TEXT: u64 = 0x400000
export const DATA: u64 = 0x500000
/** Where the first instruction lies. */
export const ENTRY: u64 = TEXT + 0x100
export const DATA_BYTES: u64 = 0x3000

const CODE: usize = 0x100
/** Offsets of the program headers. */
export const TEXT_HEADER: usize = 64
export const DATA_HEADER: usize = 120

// Fields of a program header.
export const P_TYPE: usize = 0
export const P_FLAGS: usize = 4
export const P_OFFSET: usize = 8
export const P_VADDR: usize = 16
export const P_FILESZ: usize = 32
export const P_MEMSZ: usize = 40

/** Instructions, in order. */
export class Code {
  readonly words: Array<u32> = [] as u32[]

  /** Adds an instruction. */
  add(word: u32): Code {
    this.words.push(word)
    return this
  }

  /** Xd = value */
  set(d: u32, value: u64): Code {
    this.add(movz(d, (value & 0xffff) as u32))
    for (let half: u32 = 1; half < 4; half++) {
      const part = ((value >> (half * 16)) & 0xffff) as u32
      if (part !== 0) this.add(movk(d, part, half))
    }
    return this
  }

  /** A system call; its arguments are in place. */
  call(number: i32): Code {
    return this.set(8, number).add(SVC)
  }

  /** Ends the task. */
  exit(code: i32): Code {
    return this.set(0, code).call(SYS_EXIT)
  }

  /** Ends the task with `code` unless the flags say "equal". */
  exitUnlessEqual(code: i32): Code {
    // Four instructions make an exit: the branch goes around them.
    return this.add(bCond(0, 4)).exit(code)
  }

  /** Ends the task with `code` unless Xn is `value`, which is below 4096. */
  expect(n: u32, value: u32, code: i32): Code {
    return this.add(cmpImmediate(n, value)).exitUnlessEqual(code)
  }

  /** A branch back to an instruction, unless the flags say "equal". */
  loopUnlessEqual(to: i32): Code {
    return this.add(bCond(NE, to - this.words.length))
  }
}

export class Elf {
  private readonly buffer: StaticArray<u8>

  constructor(code: Code) {
    const bytes = CODE + ((code.words.length as usize) << 2)
    this.buffer = new StaticArray<u8>(bytes as i32)
    this.set32(0, 0x464c457f).set32(4, 0x00010102)
    this.set16(16, 2).set16(18, 183).set32(20, 1)
    this.set64(24, ENTRY).set64(32, TEXT_HEADER)
    this.set16(52, 64).set16(54, 56).set16(56, 2)
    this.segment(TEXT_HEADER, 5, 0, TEXT, bytes, bytes)
    this.segment(DATA_HEADER, 6, 0, DATA, 0, DATA_BYTES)
    for (let i = 0; i < code.words.length; i++) {
      this.set32(CODE + ((i as usize) << 2), code.words[i])
    }
  }

  get address(): usize {
    return changetype<usize>(this.buffer)
  }

  get bytes(): i32 {
    return this.buffer.length
  }

  /** Writes a program header of a segment to load. */
  segment(at: usize, flags: u32, offset: u64, address: u64, inFile: u64, size: u64): Elf {
    this.set32(at + P_TYPE, 1).set32(at + P_FLAGS, flags)
    this.set64(at + P_OFFSET, offset)
      .set64(at + P_VADDR, address)
      .set64(at + 24, address)
    return this.set64(at + P_FILESZ, inFile)
      .set64(at + P_MEMSZ, size)
      .set64(at + 48, 4096)
  }

  set16(at: usize, value: u16): Elf {
    store<u16>(this.address + at, value)
    return this
  }

  set32(at: usize, value: u32): Elf {
    store<u32>(this.address + at, value)
    return this
  }

  set64(at: usize, value: u64): Elf {
    store<u64>(this.address + at, value)
    return this
  }
}
