/**
 * What a lowering writes into: the code of one block, with the guest's registers as locals and its flags as the operands of
 * the instruction that set them.
 *
 * Registers are read and written by number; which of them must be loaded before the block and stored after it is decided
 * later (registers.ts), from what is recorded here. Side exits are marks in the code, filled in when it is known which
 * registers have to be stored there. Rule for every lowering: no register changes before the last point where the
 * instruction may still exit.
 */
import * as L from '../core/assembly/layout.ts'
import { Code } from './code.ts'
import {
  CALL_CONDITION_OF,
  CALL_RESOLVE_READ,
  CALL_RESOLVE_WRITE,
  CPU,
  type Frame,
  SP,
} from './frame.ts'
import { F32, F64, I32, I64, type Opcode, V128 } from './wasm.ts'

/** Flags whose kind is only known at run time, in the local `flagsKind`. */
export const FLAGS_DYNAMIC = -1

/** Where the flags are: a FLAGS_* of the core's layout, FLAGS_DYNAMIC, or the result of a conditional compare. */
export type Flags =
  | { kind: number }
  /** If `condition` (a local): those of comparing flagsA and flagsB by `compared`; otherwise `nzcv`. */
  | { kind: 'conditional'; condition: number; compared: number; nzcv: number }

/** Sets of registers, as bit masks of 32 bits (bit 31 of x is the stack pointer). */
export interface Registers {
  x: number
  v: number
}

/** A place in the code where a side exit must be inserted. */
export interface SideExit {
  /** Index into the code's bytes. */
  at: number
  /** Instructions of the block executed before. */
  done: number
  /** Blocks opened since the block's code began. */
  depth: number
  /** Taken if the i32 on the stack is not 0; otherwise always. */
  conditional: boolean
  flags: Flags
  written: Registers
  read: Registers
}

export class Lowering {
  readonly code = new Code()
  readonly exits: SideExit[] = []
  /** Registers whose value from before the block is used. */
  readonly needed: Registers = { x: 0, v: 0 }
  readonly written: Registers = { x: 0, v: 0 }
  /** Number of the current instruction in the block, and its offset from the entry's page. */
  done = 0
  at = 0
  /** Results depend on FPCR: only where it rounds to nearest and keeps denormals. */
  usesFp = false
  /** Vector registers are used: only where the FP trap is off. */
  usesVectors = false
  #depth = 0
  #spChecked = false
  #base: string | undefined

  constructor(
    readonly frame: Frame,
    public flags: Flags,
    /** The block is executed more than once each time the function is. */
    readonly inLoop = false,
  ) {}

  // ---- registers ---------------------------------------------------------------------------------------------------

  #needX(n: number): void {
    if (!((this.written.x >>> n) & 1)) this.needed.x |= 1 << n
  }

  /** Pushes Xn; 31 is zero. */
  x(n: number): this {
    if (n === 31) this.code.i64(0)
    else this.xsp(n)
    return this
  }

  /** Pushes Xn; 31 is the stack pointer. */
  xsp(n: number): this {
    this.#needX(n)
    this.code.get(this.frame.x(n))
    return this
  }

  /** Pushes Wn as i32; 31 is zero. */
  w(n: number): this {
    if (n === 31) this.code.i32(0)
    else this.wsp(n)
    return this
  }

  wsp(n: number): this {
    this.xsp(n)
    this.code.op('i32_wrap_i64')
    return this
  }

  /** Pops an i64 into Xn; 31 goes nowhere. */
  setX(n: number): this {
    if (n === 31) this.code.op('drop')
    else this.setXSP(n)
    return this
  }

  /** Pops an i64 into Xn; 31 is the stack pointer. */
  setXSP(n: number): this {
    if (n === SP) this.#spChecked = false
    this.written.x |= 1 << n
    this.code.set(this.frame.x(n))
    return this
  }

  /** Pops an i32 into Wn. */
  setW(n: number): this {
    this.code.op('i64_extend_i32_u')
    return this.setX(n)
  }

  setWSP(n: number): this {
    this.code.op('i64_extend_i32_u')
    return this.setXSP(n)
  }

  /** Says that the stack pointer moved by a multiple of 16: what is known of its alignment stays true. */
  setStackAligned(): this {
    const checked = this.#spChecked
    this.setXSP(SP)
    this.#spChecked = checked
    return this
  }

  /** The local of Vn for reading, of the type `frame.views[n]`. */
  v(n: number): number {
    if (!((this.written.v >>> n) & 1)) this.needed.v |= 1 << n
    return this.frame.v(n)
  }

  /** The local of Vn for writing all of it. */
  setV(n: number): number {
    this.written.v |= 1 << n
    return this.frame.v(n)
  }

  // ---- control -----------------------------------------------------------------------------------------------------

  begin(name: 'block' | 'loop' | 'if', type?: number): this {
    this.code.begin(name, type)
    this.#depth++
    return this
  }

  end(): this {
    this.code.op('end')
    this.#depth--
    return this
  }

  /** Leaves this instruction to the interpreter if the i32 on the stack is not 0. */
  exitIf(): this {
    this.#exit(true)
    return this
  }

  /** Leaves this instruction to the interpreter. */
  exit(): this {
    this.#exit(false)
    return this
  }

  #exit(conditional: boolean): void {
    this.exits.push({
      at: this.code.bytes.length,
      done: this.done,
      depth: this.#depth,
      conditional,
      flags: this.flags,
      written: { ...this.written },
      read: { ...this.needed },
    })
  }

  /** Pushes the virtual address at `offset` bytes from the current instruction. */
  pcRelative(offset: number): this {
    this.code
      .get(this.frame.base)
      .i64(this.at + offset)
      .op('i64_add')
    return this
  }

  // ---- flags -------------------------------------------------------------------------------------------------------

  /**
   * The flags become those of an operation: `a` and `b` push its operands as i64 (zero-extended ones of a 32-bit operation),
   * which afterwards are in the locals flagsA and flagsB.
   */
  setFlags(kind: number, a: () => void, b?: () => void): this {
    if (b) {
      a()
      b()
      this.code.set(this.frame.flagsB).set(this.frame.flagsA)
    } else {
      a()
      this.code.set(this.frame.flagsA)
    }
    this.flags = { kind }
    return this
  }

  /** Pushes an i32 that is not 0 if the condition (0 to 15) holds. */
  condition(condition: number): this {
    const { flags, code } = this
    if (condition >= 14) {
      code.i32(1)
      return this
    }
    if (flags.kind === 'conditional') {
      const { nzcv, compared } = flags
      code.get(flags.condition).begin('if', I32)
      this.#conditionOf(compared, condition)
      code
        .op('else')
        .i32(holds(condition, nzcv) ? 1 : 0)
        .op('end')
      return this
    }
    this.#conditionOf(flags.kind, condition)
    return this
  }

  #conditionOf(kind: number, condition: number): void {
    const { code, frame } = this
    switch (kind) {
      case L.FLAGS_SUB_X:
      case L.FLAGS_SUB_W:
        this.#afterSubtraction(kind === L.FLAGS_SUB_X, condition)
        return
      case L.FLAGS_LOGIC_X:
      case L.FLAGS_LOGIC_W:
        this.#afterLogic(kind === L.FLAGS_LOGIC_X, condition)
        return
      case L.FLAGS_ADD_X:
      case L.FLAGS_ADD_W:
        if (this.#afterAddition(kind === L.FLAGS_ADD_X, condition)) return
        break
      case L.FLAGS_FLOAT:
        this.#afterFloat(condition)
        return
      case L.FLAGS_NZCV:
        // The condition's truth table, indexed by NZCV.
        code.i32(truthTable(condition)).get(frame.flagsA).op('i32_wrap_i64', 'i32_shr_u')
        code.i32(1).op('i32_and')
        return
    }
    code.get(CPU)
    if (kind === FLAGS_DYNAMIC) code.get(frame.flagsKind)
    else code.i32(kind)
    code.get(frame.flagsA).get(frame.flagsB).i32(condition).call(CALL_CONDITION_OF)
    // The core has stored them.
    if (this.flags.kind !== 'conditional') this.flags = { kind: L.FLAGS_STORED }
  }

  /** Pushes flagsA, as i32 if the operation was one of 32 bits. */
  #a(wide: boolean): Code {
    this.code.get(this.frame.flagsA)
    if (!wide) this.code.op('i32_wrap_i64')
    return this.code
  }

  #b(wide: boolean): Code {
    this.code.get(this.frame.flagsB)
    if (!wide) this.code.op('i32_wrap_i64')
    return this.code
  }

  #afterSubtraction(wide: boolean, condition: number): void {
    const { code } = this
    const compare = (
      [
        'eq',
        'ne',
        'ge_u',
        'lt_u',
        '',
        '',
        '',
        '',
        'gt_u',
        'le_u',
        'ge_s',
        'lt_s',
        'gt_s',
        'le_s',
      ] as const
    )[condition]!
    if (compare) {
      this.#a(wide)
      this.#b(wide)
      code.op(wide ? `i64_${compare}` : `i32_${compare}`)
      return
    }
    // MI and PL: sign of a - b. VS and VC: sign of (a ^ b) & (a ^ (a - b)).
    if (condition >= 6) {
      this.#a(wide)
      this.#b(wide)
      code.op(wide ? 'i64_xor' : 'i32_xor')
      this.#a(wide)
    }
    this.#a(wide)
    this.#b(wide)
    code.op(wide ? 'i64_sub' : 'i32_sub')
    if (condition >= 6) code.op(wide ? 'i64_xor' : 'i32_xor', wide ? 'i64_and' : 'i32_and')
    this.#sign(wide, (condition & 1) === 0)
  }

  /** Whether the value on the stack is negative, or not negative. */
  #sign(wide: boolean, negative: boolean): void {
    if (wide) this.code.i64(0).op(negative ? 'i64_lt_s' : 'i64_ge_s')
    else this.code.i32(0).op(negative ? 'i32_lt_s' : 'i32_ge_s')
  }

  #afterLogic(wide: boolean, condition: number): void {
    const { code } = this
    const compare = (
      [
        'eq',
        'ne',
        '0',
        '1',
        'lt_s',
        'ge_s',
        '0',
        '1',
        '0',
        '1',
        'ge_s',
        'lt_s',
        'gt_s',
        'le_s',
      ] as const
    )[condition]!
    if (compare === '0' || compare === '1') {
      code.i32(Number(compare))
      return
    }
    this.#a(wide)
    if (wide) code.i64(0).op(`i64_${compare}`)
    else code.i32(0).op(`i32_${compare}`)
  }

  /** FCMP: 1000 less, 0110 equal, 0010 greater, 0011 unordered. */
  #afterFloat(condition: number): void {
    const { code, frame } = this
    const [compare, invert] = AFTER_FLOAT[condition]!
    code.get(frame.flagsA).op('f64_reinterpret_i64').get(frame.flagsB).op('f64_reinterpret_i64')
    if (compare === 'unordered') {
      const [a, b] = [frame.named('floatA', F64), frame.named('floatB', F64)]
      code.set(b).tee(a).get(a).op('f64_ne').get(b).get(b).op('f64_ne', 'i32_or')
    } else code.op(compare)
    if (invert) code.op('i32_eqz')
  }

  #afterAddition(wide: boolean, condition: number): boolean {
    const { code } = this
    const sum = () => {
      this.#a(wide)
      this.#b(wide)
      code.op(wide ? 'i64_add' : 'i32_add')
    }
    switch (condition) {
      case 0:
      case 1:
        sum()
        if (wide) code.i64(0).op(condition ? 'i64_ne' : 'i64_eq')
        else code.i32(0).op(condition ? 'i32_ne' : 'i32_eq')
        return true
      case 2:
      case 3:
        sum()
        this.#a(wide)
        code.op(
          wide
            ? condition === 2
              ? 'i64_lt_u'
              : 'i64_ge_u'
            : condition === 2
              ? 'i32_lt_u'
              : 'i32_ge_u',
        )
        return true
      case 4:
      case 5:
        sum()
        this.#sign(wide, condition === 4)
        return true
    }
    return false
  }

  // ---- memory ------------------------------------------------------------------------------------------------------

  /** Exits if the stack pointer is the base and misaligned, where that is checked. */
  checkBase(n: number): this {
    if (n !== SP || this.#spChecked) return this
    this.wsp(SP).code.get(this.frame.spMask).op('i32_and')
    this.exitIf()
    this.#spChecked = true
    return this
  }

  /**
   * Pops a virtual address and leaves the linear address of `bytes` bytes there in the local `linear`, or exits. The
   * address stays in the local `va`. In a loop the last page of each base register is kept in locals: no translation
   * changes while the function runs.
   */
  resolve(bytes: number, write: boolean): this {
    const base = this.#base
    this.#base = undefined
    if (base === undefined || !this.inLoop) return this.#lookUp(bytes, write)
    const { code, frame } = this
    const { va, linear } = frame
    const name = `${base}${write ? 'w' : 'r'}`
    const page = frame.named(`page${name}`, I64)
    const addend = frame.named(`addend${name}`, I32)
    frame.pageLocals.add(page)
    code
      .tee(va)
      .get(page)
      .op('i64_sub')
      .i64(L.PAGE_SIZE - bytes + 1)
      .op('i64_lt_u')
    this.begin('if')
    code.get(va).op('i32_wrap_i64').get(addend).op('i32_add').set(linear).op('else')
    code.get(va)
    this.#lookUp(bytes, write, () => {
      code
        .get(va)
        .i64(~(L.PAGE_SIZE - 1))
        .op('i64_and')
        .set(page)
      code.get(frame.entry).memory('i32_load', L.TLB_ADDEND).set(addend)
    })
    return this.end()
  }

  /** The same where only an address that the TLB knows will do: others exit. */
  resolveKnown(bytes: number, write: boolean, dtlb = this.frame.dtlb): this {
    const { code, frame } = this
    this.#base = undefined
    this.#compareKey(bytes, write, dtlb)
    this.exitIf()
    code.get(frame.va).op('i32_wrap_i64').get(frame.entry).memory('i32_load', L.TLB_ADDEND)
    code.op('i32_add').set(frame.linear)
    return this
  }

  /** Says that the next address resolved is register `n` plus an offset, or plus another register. */
  noteBase(n: number, indexed = false): this {
    this.#base = `${n}${indexed ? 'i' : ''}`
    return this
  }

  /** Looks a virtual address on the stack up in the TLB; `found` is code for a hit. */
  #lookUp(bytes: number, write: boolean, found: () => void = () => {}): this {
    const { code, frame } = this
    const { va, linear, entry } = frame
    this.#compareKey(bytes, write)
    this.begin('if')
    code
      .get(CPU)
      .get(va)
      .i32(bytes)
      .call(write ? CALL_RESOLVE_WRITE : CALL_RESOLVE_READ)
    code.tee(linear).op('i32_eqz')
    this.exitIf()
    code.op('else')
    code.get(va).op('i32_wrap_i64').get(entry).memory('i32_load', L.TLB_ADDEND)
    code.op('i32_add').set(linear)
    found()
    return this.end()
  }

  /** Pops a virtual address, and pushes whether the TLB's entry for it (then in the local `entry`) is another's. */
  #compareKey(bytes: number, write: boolean, dtlb = this.frame.dtlb): void {
    const { code, frame } = this
    const { va, entry } = frame
    code
      .tee(va)
      .i64(7)
      .op('i64_shr_u', 'i32_wrap_i64')
      .i32((L.TLB_ENTRIES - 1) * L.TLB_ENTRY)
      .op('i32_and')
    code.get(dtlb).op('i32_add').tee(entry)
    code.memory('i64_load', write ? L.TLB_WRITE_KEY : L.TLB_READ_KEY)
    code.get(va)
    if (bytes > 1) code.i64(bytes - 1).op('i64_add')
    code.i64(L.PAGE_SHIFT).op('i64_shr_s').get(frame.ctx).op('i64_xor', 'i64_ne')
  }
}

/** Which comparison of doubles a condition asks for after FCMP, and whether it is inverted. */
const AFTER_FLOAT: readonly (readonly [Opcode | 'unordered', boolean])[] = [
  ['f64_eq', false],
  ['f64_ne', false],
  ['f64_lt', true],
  ['f64_lt', false],
  ['f64_lt', false],
  ['f64_lt', true],
  ['unordered', false],
  ['unordered', true],
  ['f64_le', true],
  ['f64_le', false],
  ['f64_ge', false],
  ['f64_ge', true],
  ['f64_gt', false],
  ['f64_gt', true],
]

/** Truth table of a condition, indexed by NZCV. Arm ARM C1.2.4. */
export function truthTable(condition: number): number {
  let table = 0
  for (let nzcv = 0; nzcv < 16; nzcv++) if (holds(condition, nzcv)) table |= 1 << nzcv
  return table
}

/** Whether a condition holds for these flags. */
export function holds(condition: number, nzcv: number): boolean {
  const n = (nzcv & 8) !== 0
  const z = (nzcv & 4) !== 0
  const c = (nzcv & 2) !== 0
  const v = (nzcv & 1) !== 0
  const result = [z, c, n, v, c && !z, n === v, !z && n === v, true][condition >> 1]!
  return condition & 1 && condition !== 15 ? !result : result
}

/** Opcode suffixes that loads and stores of a register's local need, by its view. */
export const VIEW_LOAD = { [F64]: 'f64_load', [F32]: 'f32_load', [V128]: 'v128' } as const
export { F32, F64, I64, V128 }
