import { describe, expect, test } from 'bun:test'
import { assemble } from './assemble.ts'
import { Assembler } from './assembler.ts'
import { disassemble } from './disassemble.ts'
import * as a64 from './instructions.ts'
import { d, inverted, lr, q, s, sp, w, wzr, x, xzr } from './registers.ts'

function words(assembler: Assembler): number[] {
  const bytes = assembler.finish()
  return [...new Uint32Array(bytes.buffer, 0, bytes.length / 4)]
}

const X = x(1)
const Y = x(2)
const Z = x(3)
const V = w(1)
const W = w(2)

describe('typed instructions', () => {
  test.each<[number, string]>([
    [a64.add(X, Y, Z), 'add x1, x2, x3'],
    [a64.add(X, Y, 4095), 'add x1, x2, #4095'],
    [a64.sub(sp, sp, 0x10000), 'sub sp, sp, #0x10, lsl #12'],
    [a64.add(X, sp, Y), 'add x1, sp, x2'],
    [a64.add(X, Y, a64.extended(w(3), 'sxtw', 3)), 'add x1, x2, w3, sxtw #3'],
    [a64.add(X, Y, a64.extended(Z, 'sxtx', 1)), 'add x1, x2, x3, sxtx #1'],
    [a64.subs(V, W, a64.shifted(w(3), 'asr', 4)), 'subs w1, w2, w3, asr #4'],
    [a64.cmp(X, 5), 'cmp x1, #5'],
    [a64.cmn(V, W), 'cmn w1, w2'],
    [a64.neg(X, Y), 'neg x1, x2'],
    [a64.and(X, Y, 0xffn), 'and x1, x2, #0xff'],
    [a64.and(V, W, -2n), 'and w1, w2, #0xfffffffe'],
    [a64.orr(X, Y, a64.shifted(Z, 'ror', 9)), 'orr x1, x2, x3, ror #9'],
    [a64.bic(X, Y, Z), 'bic x1, x2, x3'],
    [a64.tst(X, 1n), 'tst x1, #1'],
    [a64.mvn(X, Y), 'mvn x1, x2'],
    [a64.mov(X, Y), 'mov x1, x2'],
    [a64.mov(X, sp), 'mov x1, sp'],
    [a64.mov(V, wzr), 'mov w1, wzr'],
    [a64.movk(X, 0x1234, 32), 'movk x1, #0x1234, lsl #32'],
    [a64.adc(X, Y, Z), 'adc x1, x2, x3'],
    [a64.sdiv(X, Y, Z), 'sdiv x1, x2, x3'],
    [a64.mul(X, Y, Z), 'mul x1, x2, x3'],
    [a64.msub(X, Y, Z, x(4)), 'msub x1, x2, x3, x4'],
    [a64.umaddl(X, V, W), 'umull x1, w1, w2'],
    [a64.umulh(X, Y, Z), 'umulh x1, x2, x3'],
    [a64.lsl(X, Y, 3), 'lsl x1, x2, #3'],
    [a64.lsr(V, W, 31), 'lsr w1, w2, #31'],
    [a64.asr(X, Y, Z), 'asr x1, x2, x3'],
    [a64.ror(X, Y, 7), 'ror x1, x2, #7'],
    [a64.ubfx(X, Y, 8, 16), 'ubfx x1, x2, #8, #16'],
    [a64.sbfx(V, W, 1, 2), 'sbfx w1, w2, #1, #2'],
    [a64.bfi(X, Y, 4, 8), 'bfi x1, x2, #4, #8'],
    [a64.sxtw(X, W), 'sxtw x1, w2'],
    [a64.uxtb(V, W), 'uxtb w1, w2'],
    [a64.clz(X, Y), 'clz x1, x2'],
    [a64.rev(X, Y), 'rev x1, x2'],
    [a64.rev(V, W), 'rev w1, w2'],
    [a64.csel(X, Y, Z, 'lt'), 'csel x1, x2, x3, lt'],
    [a64.cset(V, 'hi'), 'cset w1, hi'],
    [a64.ccmp(X, 3, 0, 'ne'), 'ccmp x1, #3, #0, ne'],
    [a64.ccmp(X, Y, 4, 'al'), 'ccmp x1, x2, #4, al'],
    [a64.ldr(X, a64.at(sp, 16)), 'ldr x1, [sp, #16]'],
    [a64.ldr(V, a64.at(Y, -4)), 'ldur w1, [x2, #-4]'],
    [a64.str(X, a64.preIndexed(sp, -16)), 'str x1, [sp, #-16]!'],
    [a64.ldr(q(1), a64.postIndexed(Y, 16)), 'ldr q1, [x2], #16'],
    [a64.str(s(1), a64.at(Y, 3)), 'stur s1, [x2, #3]'],
    [a64.ldr(d(1), a64.indexed(Y, w(3), 'uxtw', true)), 'ldr d1, [x2, w3, uxtw #3]'],
    [a64.ldrb(V, a64.indexed(Y, Z)), 'ldrb w1, [x2, x3]'],
    [a64.ldrsh(X, a64.at(Y, 2)), 'ldrsh x1, [x2, #2]'],
    [a64.ldrsb(V, a64.at(Y, -1)), 'ldursb w1, [x2, #-1]'],
    [a64.ldrsw(X, a64.at(Y, 4)), 'ldrsw x1, [x2, #4]'],
    [a64.strh(V, a64.at(Y, 8190)), 'strh w1, [x2, #8190]'],
    [a64.stp(X, lr, a64.preIndexed(sp, -16)), 'stp x1, x30, [sp, #-16]!'],
    [a64.ldp(q(0), q(1), a64.at(Y, -1024)), 'ldp q0, q1, [x2, #-1024]'],
    [a64.ldaxr(8, X, Y), 'ldaxr x1, [x2]'],
    [a64.stlxr(1, w(3), V, Y), 'stlxrb w3, w1, [x2]'],
    [a64.stlr(4, V, Y), 'stlr w1, [x2]'],
    [a64.atomic('LDADD', 8, X, Y, Z), 'ldaddal x1, x2, [x3]'],
    [a64.atomic('CAS', 2, V, W, Z), 'casalh w1, w2, [x3]'],
    [a64.fadd(d(1), d(2), d(3)), 'fadd d1, d2, d3'],
    [a64.fsqrt(s(1), s(2)), 'fsqrt s1, s2'],
    [a64.fmadd(s(1), s(2), s(3), s(4)), 'fmadd s1, s2, s3, s4'],
    [a64.fcmp(d(1), 0), 'fcmp d1, #0.0'],
    [a64.fcsel(d(1), d(2), d(3), 'gt'), 'fcsel d1, d2, d3, gt'],
    [a64.fmov(d(1), X), 'fmov d1, x1'],
    [a64.fmov(V, s(2)), 'fmov w1, s2'],
    [a64.fmovImmediate(d(1), -0.5), 'fmov d1, #-0.5'],
    [a64.fcvt(d(1), s(2)), 'fcvt d1, s2'],
    [a64.fcvtzs(X, d(1)), 'fcvtzs x1, d1'],
    [a64.ucvtf(s(1), W), 'ucvtf s1, w2'],
    [a64.br(X), 'br x1'],
    [a64.ret(), 'ret'],
    [a64.svc(3), 'svc #3'],
    [a64.hint('wfi'), 'wfi'],
    [a64.dsb('ish'), 'dsb ish'],
    [a64.isb(), 'isb'],
    [a64.mrs(X, 'TTBR0_EL1'), 'mrs x1, ttbr0_el1'],
    [a64.msr('vbar_el1', xzr), 'msr vbar_el1, xzr'],
  ])('%p is %s', (word, text) => {
    expect(disassemble(word)).toBe(disassemble(assemble(text)))
  })

  test.each<[string, () => unknown, string]>([
    ['mixed widths', () => a64.add(X, W, Z), 'x1, w2, x3: registers must be of one width'],
    ['an immediate too large', () => a64.add(X, Y, 4097), '0 to 4095, or a multiple of 4096'],
    ['a negative immediate', () => a64.sub(X, Y, -1), '0 to 4095'],
    ['no bitmask', () => a64.and(X, Y, 5n), '0x5: it is no bitmask immediate'],
    ['BIC of an immediate', () => a64.bic(X, Y, 1n), 'no bitmask immediate'],
    ['sp as zero register', () => a64.mul(X, sp, Z), 'sp is not allowed'],
    ['zero register as sp', () => a64.add(xzr, Y, 1), 'xzr would be read as the stack pointer'],
    ['a shift too far', () => a64.lsl(W, V, 32), '0 to 31 fits'],
    ['a bit field past the end', () => a64.ubfx(X, Y, 60, 8), 'x1 has 64'],
    ['an offset too far', () => a64.ldr(X, a64.at(Y, 40000)), 'multiple of 8 below 32768'],
    ['an offset not aligned', () => a64.ldp(X, Z, a64.at(Y, 4)), 'multiple of 8 from -512 to 504'],
    ['a W base', () => a64.ldr(X, a64.at(W)), 'w2 is no base'],
    ['a pair of two kinds', () => a64.ldp(X, q(1), a64.at(Y)), 'of x1 and q1'],
    ['status among operands', () => a64.stxr(8, w(1), X, Y), 'w1 must be no other operand'],
    ['two precisions', () => a64.fadd(d(1), s(2), d(3)), 'all alike'],
    ['a constant without 8-bit form', () => a64.fmovImmediate(d(1), 0), 'no 8-bit form'],
    ['an unknown register', () => a64.mrs(X, 'foo_el1'), 'no system register "foo_el1"'],
    ['a register number', () => x(31), 'x0 to x30'],
  ])('%s is refused', (_, make, message) => {
    expect(make).toThrow(message)
  })

  test('`loadConstant()` loads any value in at most four instructions', () => {
    const run = (code: readonly number[]): bigint => {
      let value = 0n
      for (const text of code.map((word) => disassemble(word))) {
        const wide = /^movk\tx1, #0x(\w+)(?:, lsl #(\d+))?$/.exec(text)
        const plain = /^mov\tx1, #(0x\w+)$/.exec(text)
        if (plain) value = BigInt(plain[1]!)
        else if (wide) {
          const shift = BigInt(wide[2] ?? 0)
          value = (value & ~(0xffffn << shift)) | (BigInt(`0x${wide[1]}`) << shift)
        } else throw new Error(text)
      }
      return value
    }
    const cases: [bigint, number][] = [
      [0n, 1],
      [-1n, 1],
      [0xffff_0000n, 1],
      [0x1_0001n, 2],
      [0x5555_5555_5555_5555n, 1],
      [0xffff_ffff_8000_1234n, 2],
      [0x1234_5678_9abc_def0n, 4],
      [-0x1234n, 1],
    ]
    for (const [value, count] of cases) {
      const code = a64.loadConstant(X, value)
      expect(run(code)).toBe(BigInt.asUintN(64, value))
      expect([value, code.length]).toEqual([value, count])
    }
    expect(() => a64.loadConstant(W, 1n << 32n)).toThrow('it has 32 bits')
  })

  test('`inverted()` is its own inverse', () => {
    expect(inverted('eq')).toBe('ne')
    expect(inverted(inverted('gt'))).toBe('gt')
  })
})

describe('Assembler', () => {
  test('resolves labels before and after their use', () => {
    const asm = new Assembler(0x4000_0000n)
    const loop = asm.newLabel()
    asm
      .label(loop)
      .emit(a64.sub(X, X, 1))
      .cbnz(X, loop)
      .tbz(X, 33, 'end')
      .bl('End')
      .b(loop)
    asm.label('end').adr(X, 'data').adrp(X, 'data').addLow(X, X, 'data').bCond('eq', loop)
    asm.ldrLiteral(X, 'data').align(8).label('data').quad('end').word(7n)
    const code = words(asm)
    const text = code.map((word, i) => disassemble(word, 0x4000_0000n + BigInt(4 * i)))
    expect(text.slice(0, 10)).toEqual([
      'sub\tx1, x1, #0x1',
      'cbnz\tx1, 0x40000000',
      'tbz\tx1, #33, 0x40000014',
      'bl\t0x40000014',
      'b\t0x40000000',
      'adr\tx1, 0x40000028',
      'adrp\tx1, 0x40000000',
      'add\tx1, x1, #0x28',
      'b.eq\t0x40000000',
      'ldr\tx1, 0x40000028',
    ])
    expect(code.slice(10)).toEqual([0x40000014, 0, 7])
  })

  test('assembles text with labels, data and directives', () => {
    const asm = new Assembler(0x1000n).text(`
      .equ UART, 0x9000000
      start:  adr x1, message       // the string
              mov x2, #5
      loop:   subs x2, x2, #1
              b.ne loop
              ldr x3, table+8
              b start
      .balign 8
      table:  .quad start, 0x123456789abcdef0
      message: .asciz "hi\\n"
              .byte 1, -1
              .align 2
              .word UART, start
              .hword 0xbeef
              .space 2
    `)
    const bytes = asm.finish()
    const view = new DataView(bytes.buffer)
    expect(disassemble(view.getUint32(0, true), 0x1000n)).toBe('adr\tx1, 0x1028')
    expect(disassemble(view.getUint32(12, true), 0x100cn)).toBe('b.ne\t0x1008')
    expect(disassemble(view.getUint32(16, true), 0x1010n)).toBe('ldr\tx3, 0x1020')
    expect(view.getBigUint64(0x18, true)).toBe(0x1000n)
    expect(view.getBigUint64(0x20, true)).toBe(0x123456789abcdef0n)
    expect([...bytes.slice(0x28, 0x30)]).toEqual([0x68, 0x69, 10, 0, 1, 255, 0, 0])
    expect(view.getUint32(0x30, true)).toBe(0x9000000)
    expect(view.getUint32(0x38, true)).toBe(0xbeef)
    expect(bytes.length).toBe(0x3c)
    expect(asm.addressOf('MESSAGE')).toBe(0x1028n)
  })

  test.each<[string, (asm: Assembler) => unknown, string]>([
    ['an undefined label', (asm) => asm.b('gone').finish(), 'Label "gone" is not defined'],
    [
      'an undefined label in text',
      (asm) => asm.text('b gone').finish(),
      'Cannot assemble "b gone"',
    ],
    ['a label twice', (asm) => asm.label('a').label('A'), 'Label "A" is defined twice'],
    [
      'a branch out of reach',
      (asm) => asm.tbz(X, 0, 'far').bytes(new Uint8Array(40000)).label('far').finish(),
      'it is 40004 bytes, multiples of 4 from -32768 to 32764 fit',
    ],
    ['a bit that is not there', (asm) => asm.tbz(W, 32, 'a'), 'bits 0 to 31'],
    [
      'an unknown directive',
      (asm) => asm.text('\n.frob 1'),
      'Line 2: There is no directive ".frob"',
    ],
    ['data that is no number', (asm) => asm.text('.byte x'), '"x" is no number'],
    ['data too large', (asm) => asm.text('.byte 256'), 'Cannot store 256 in 1 bytes'],
    ['an odd alignment', (asm) => asm.align(3), 'a power of two is needed'],
    ['sp in a comparison', (asm) => asm.cbz(sp, 'a'), 'Cannot use sp here'],
    [
      'an address above 4 GiB as a word',
      () => new Assembler(1n << 32n).label('a').word('a').finish(),
      'Cannot store 4294967296 in 4 bytes',
    ],
  ])('%s is an error', (_, act, message) => {
    expect(() => act(new Assembler())).toThrow(message)
  })

  test('keeps what looks like a comment in a string', () => {
    const bytes = new Assembler().text('.ascii "a//b" // comment').finish()
    expect(new TextDecoder().decode(bytes)).toBe('a//b')
  })

  test('grows', () => {
    const asm = new Assembler()
    for (let i = 0; i < 5000; i++) asm.emit(a64.hint('nop'))
    expect(asm.length).toBe(20000)
    expect(new Set(words(asm))).toEqual(new Set([0xd503201f]))
  })
})
