/**
 * Generator of the interpreter's dispatch function (AssemblyScript): one `case` an operation, from templates.
 *
 * Generated because each case wants its operand extraction and its TLB lookup inlined, and AssemblyScript has no macros.
 * The function must stay far below the size at which JavaScriptCore's optimising tier gives up (docs/architecture.md);
 * a test checks its size. What is rare is not here: such instructions become OP_INT, OP_FP, OP_MEM or OP_SYS and are
 * executed from their row and word (int.ts, fp/, ldst.ts, system.ts).
 *
 * A record is a u64: op 15:0, register slots A 23:16, B 31:24, C 39:32, D 47:40, a truth table or amounts 63:48, or a
 * signed immediate 63:32. predecode.ts writes them.
 */

const slot = (shift: number) => `(<u32>(r >> ${shift - 3}) & 0x7f8)`
const A = slot(16)
const B = slot(24)
const C = slot(32)
const D = slot(40)
const IMM = '(<i64>r >> 32)'
const AMOUNT = '(r >> 48 & 63)'
const AMOUNT2 = '(r >> 56)'

const x = (s: string) => `load<u64>(cpu + ${s})`
const w = (s: string) => `load<u32>(cpu + ${s})`
const setX = (s: string, value: string) => `store<u64>(cpu + ${s}, ${value})`
const setW = (s: string, value: string) => `store<u64>(cpu + ${s}, <u64><u32>(${value}))`
const next = 'rec += 8; continue'
const slow = 'if (slowAt(cpu, rec, recBase, pcDelta, left)) { rec += 8; continue } return'
const pc = '(<u64>(rec >> 1) + pcDelta)'

/** One operation: its name without the OP_ prefix, and the statements of its case. */
interface Operation {
  name: string
  body: string
}

const operations: Operation[] = []
const op = (name: string, body: string) => operations.push({ name, body })

type Width = 'X' | 'W'
const widths: Width[] = ['X', 'W']
const reg = (width: Width, s: string) => (width === 'X' ? x(s) : w(s))
const set = (width: Width, s: string, value: string) =>
  width === 'X' ? setX(s, value) : setW(s, value)
const imm = (width: Width) => (width === 'X' ? `<u64>${IMM}` : `<u32>${IMM}`)

/** Flags of `a + b` or `a - b`; a and b are local variables of the width's type. */
function flags(width: Width, kind: 'ADD' | 'SUB'): string {
  const type = width === 'X' ? 'u64' : 'u32'
  const result = `const y: ${type} = a ${kind === 'ADD' ? '+' : '-'} b;`
  const nz = width === 'X' ? 'y' : '<u64><i64><i32>y'
  const carry = kind === 'ADD' ? 'y < a' : 'a >= b'
  const overflow = kind === 'ADD' ? '(a ^ y) & (b ^ y)' : '(a ^ b) & (a ^ y)'
  return (
    `${result} store<u64>(cpu + CPU_NF, ${nz}); store<u64>(cpu + CPU_ZF, <u64>y); ` +
    `store<u32>(cpu + CPU_CF, u32(${carry})); ` +
    `store<u32>(cpu + CPU_VF, <u32>((${overflow}) >> ${width === 'X' ? 63 : 31}));`
  )
}

/** Flags of a logical result: C and V are cleared. `y` is a local of the width's type. */
function logicalFlags(width: Width): string {
  const nz = width === 'X' ? 'y' : '<u64><i64><i32>y'
  return (
    `store<u64>(cpu + CPU_NF, ${nz}); store<u64>(cpu + CPU_ZF, <u64>y); ` +
    'store<u32>(cpu + CPU_CF, 0); store<u32>(cpu + CPU_VF, 0);'
  )
}

// ---- arithmetic and logic --------------------------------------------------------------------------------------

const shifts = {
  '': (_: Width, value: string) => value,
  LSL: (width: Width, value: string) => `(${value} << ${amount(width)})`,
  LSR: (width: Width, value: string) => `(${value} >> ${amount(width)})`,
  ASR: (width: Width, value: string) =>
    width === 'X'
      ? `<u64>(<i64>${value} >> <i64>${amount(width)})`
      : `<u32>(<i32>${value} >> <i32>${amount(width)})`,
  ROR: (width: Width, value: string) =>
    `rotr<${width === 'X' ? 'u64' : 'u32'}>(${value}, ${amount(width)})`,
}

function amount(width: Width): string {
  return width === 'X' ? AMOUNT : `<u32>${AMOUNT}`
}

const logic: Record<string, (a: string, b: string) => string> = {
  ADD: (a, b) => `${a} + ${b}`,
  SUB: (a, b) => `${a} - ${b}`,
  AND: (a, b) => `${a} & ${b}`,
  ORR: (a, b) => `${a} | ${b}`,
  EOR: (a, b) => `${a} ^ ${b}`,
  BIC: (a, b) => `${a} & ~${b}`,
  ORN: (a, b) => `${a} | ~${b}`,
  EON: (a, b) => `${a} ^ ~${b}`,
}

for (const width of widths) {
  const type = width === 'X' ? 'u64' : 'u32'
  op(`ADDI_${width}`, `${set(width, A, `${reg(width, B)} + ${imm(width)}`)}; ${next}`)
  for (const kind of ['ADD', 'SUB'] as const) {
    const end = `${flags(width, kind)} ${set(width, A, 'y')}; ${next}`
    const a = `const a: ${type} = ${reg(width, B)};`
    op(`${kind}SI_${width}`, `${a} const b: ${type} = ${imm(width)}; ${end}`)
    op(`${kind}S_${width}`, `${a} const b: ${type} = ${reg(width, C)}; ${end}`)
    op(
      `${kind}S_LSL_${width}`,
      `${a} const b: ${type} = ${shifts.LSL(width, reg(width, C))}; ${end}`,
    )
  }
  for (const [name, apply] of Object.entries(logic)) {
    for (const [shift, shifted] of Object.entries(shifts)) {
      if (shift === 'ROR' && (name === 'ADD' || name === 'SUB')) continue
      if (shift !== '' && (name === 'ORN' || name === 'EON')) continue
      const value = apply(reg(width, B), shifted(width, reg(width, C)))
      op(`${name}${shift && `_${shift}`}_${width}`, `${set(width, A, value)}; ${next}`)
    }
  }
  for (const name of ['AND', 'ORR', 'EOR']) {
    const mask = `load<${type}>(<usize>(r >> 32))`
    op(`${name}I_${width}`, `${set(width, A, logic[name]!(reg(width, B), mask))}; ${next}`)
  }
  const ands = (b: string) =>
    `const y: ${type} = ${reg(width, B)} & ${b}; ${logicalFlags(width)} ${set(width, A, 'y')}; ${next}`
  op(`ANDSI_${width}`, ands(`load<${type}>(<usize>(r >> 32))`))
  op(`ANDS_${width}`, ands(reg(width, C)))
  op(`BICS_${width}`, ands(`~${reg(width, C)}`))
  op(`MOV_${width}`, `${set(width, A, reg(width, C))}; ${next}`)

  // Any UBFM is (value << a) >> b, any SBFM the same with an arithmetic right shift.
  const left = width === 'X' ? AMOUNT : `<u32>${AMOUNT}`
  const right = width === 'X' ? AMOUNT2 : `<u32>${AMOUNT2}`
  const signed = width === 'X' ? 'i64' : 'i32'
  op(`UBFM_${width}`, `${set(width, A, `(${reg(width, B)} << ${left}) >> ${right}`)}; ${next}`)
  op(
    `SBFM_${width}`,
    `${set(width, A, `<${type}>(<${signed}>(${reg(width, B)} << ${left}) >> <${signed}>${right})`)}; ${next}`,
  )
  op(`EXTR_${width}`, extract(width))

  op(
    `MADD_${width}`,
    `${set(width, A, `${reg(width, D)} + ${reg(width, B)} * ${reg(width, C)}`)}; ${next}`,
  )
  op(
    `MSUB_${width}`,
    `${set(width, A, `${reg(width, D)} - ${reg(width, B)} * ${reg(width, C)}`)}; ${next}`,
  )
  op(
    `UDIV_${width}`,
    `const d: ${type} = ${reg(width, C)}; ${set(width, A, `d ? ${reg(width, B)} / d : 0`)}; ${next}`,
  )
  op(
    `SDIV_${width}`,
    `const d = <${signed}>${reg(width, C)}; const n = <${signed}>${reg(width, B)}; ` +
      // INT_MIN / -1 would trap in WebAssembly; here it is INT_MIN.
      `${set(width, A, `<${type}>(d == 0 ? 0 : d == -1 ? 0 - n : n / d)`)}; ${next}`,
  )
  const variable = reg(width, C)
  op(`LSLV_${width}`, `${set(width, A, `${reg(width, B)} << ${variable}`)}; ${next}`)
  op(`LSRV_${width}`, `${set(width, A, `${reg(width, B)} >> ${variable}`)}; ${next}`)
  op(
    `ASRV_${width}`,
    `${set(width, A, `<${type}>(<${signed}>${reg(width, B)} >> <${signed}>${variable})`)}; ${next}`,
  )
  op(`RORV_${width}`, `${set(width, A, `rotr<${type}>(${reg(width, B)}, ${variable})`)}; ${next}`)
  op(`CLZ_${width}`, `${set(width, A, `clz<${type}>(${reg(width, B)})`)}; ${next}`)
  op(`REV_${width}`, `${set(width, A, `bswap<${type}>(${reg(width, B)})`)}; ${next}`)

  const carryIn = `<${type}>load<u32>(cpu + CPU_CF)`
  op(
    `ADC_${width}`,
    `${set(width, A, `${reg(width, B)} + ${reg(width, C)} + ${carryIn}`)}; ${next}`,
  )
  op(
    `SBC_${width}`,
    `${set(width, A, `${reg(width, B)} + ~${reg(width, C)} + ${carryIn}`)}; ${next}`,
  )
}
op('ADCS_X', addWithCarry(x(C)))
op('SBCS_X', addWithCarry(`~${x(C)}`))

function addWithCarry(second: string): string {
  return (
    `const a = ${x(B)}; const b = ${second}; const c = <u64>load<u32>(cpu + CPU_CF); ` +
    'const y = a + b + c; store<u64>(cpu + CPU_NF, y); store<u64>(cpu + CPU_ZF, y); ' +
    'store<u32>(cpu + CPU_CF, <u32>(((a & b) | ((a | b) & ~y)) >> 63)); ' +
    `store<u32>(cpu + CPU_VF, <u32>(((a ^ y) & (b ^ y)) >> 63)); ${setX(A, 'y')}; ${next}`
  )
}

function extract(width: Width): string {
  const size = width === 'X' ? 64 : 32
  const low = width === 'X' ? AMOUNT : `<u32>${AMOUNT}`
  const high = width === 'X' ? `(${size} - ${AMOUNT})` : `<u32>(${size} - ${AMOUNT})`
  // The amount is never 0 here: that is MOV.
  return `${set(width, A, `(${reg(width, B)} << ${high}) | (${reg(width, C)} >> ${low})`)}; ${next}`
}

for (const [name, extended] of [
  ['UXTW', `<u64>${w(C)}`],
  ['SXTW', `<u64><i64><i32>${w(C)}`],
] as const) {
  op(`ADD_${name}_X`, `${setX(A, `${x(B)} + (${extended} << ${AMOUNT})`)}; ${next}`)
  op(`SUB_${name}_X`, `${setX(A, `${x(B)} - (${extended} << ${AMOUNT})`)}; ${next}`)
}

op('MOVU', `${setX(A, 'r >> 32')}; ${next}`)
op('MOVZ_HIGH', `${setX(A, `(r >> 32 & 0xffff) << ${AMOUNT}`)}; ${next}`)
op('MOVN_HIGH', `${setX(A, `~((r >> 32 & 0xffff) << ${AMOUNT})`)}; ${next}`)
op(
  'MOVK_X',
  `${setX(A, `(${x(A)} & ~(<u64>0xffff << ${AMOUNT})) | (r >> 32 & 0xffff) << ${AMOUNT}`)}; ${next}`,
)
op(
  'MOVK_W',
  `${setW(A, `(${w(A)} & ~(0xffff << <u32>${AMOUNT})) | <u32>((r >> 32 & 0xffff) << ${AMOUNT})`)}; ${next}`,
)
op('ADR', `${setX(A, `${pc} + <u64>${IMM}`)}; ${next}`)
op('ADRP', `${setX(A, `(${pc} & ~<u64>0xfff) + (<u64>${IMM} << 12)`)}; ${next}`)

// Bit field insertion: destination lsb in D's bits, width in 63:56, source lsb in 55:48.
for (const width of widths) {
  const mask = `((<u64>1 << ${AMOUNT2}) - 1)`
  const to = '(r >> 40 & 63)'
  const keep = width === 'X' ? x(A) : `<u64>${w(A)}`
  op(
    `BFM_${width}`,
    `const m: u64 = ${mask} << ${to}; ` +
      `${setX(A, `(${keep} & ~m) | ((${x(B)} >> ${AMOUNT} << ${to}) & m)`)}; ${next}`,
  )
}
op('SMADDL', `${setX(A, `${x(D)} + <u64>(<i64><i32>${w(B)} * <i64><i32>${w(C)})`)}; ${next}`)
op('UMADDL', `${setX(A, `${x(D)} + <u64>${w(B)} * <u64>${w(C)}`)}; ${next}`)
op(
  'UMULH',
  `const a = ${x(B)}; const b = ${x(C)}; const al = a & 0xffffffff; const ah = a >> 32; ` +
    'const bl = b & 0xffffffff; const bh = b >> 32; const t = ah * bl + (al * bl >> 32); ' +
    `const u = al * bh + (t & 0xffffffff); ${setX(A, 'ah * bh + (t >> 32) + (u >> 32)')}; ${next}`,
)

// ---- conditions ------------------------------------------------------------------------------------------------

const NF = 'load<i64>(cpu + CPU_NF)'
const ZF = 'load<u64>(cpu + CPU_ZF)'
const CF = 'load<u32>(cpu + CPU_CF)'
const VF = 'load<u32>(cpu + CPU_VF)'
const lessThan = `<u32>(<u64>${NF} >> 63) != ${VF}`
const conditions: Record<string, string> = {
  EQ: `${ZF} == 0`,
  NE: `${ZF} != 0`,
  HS: CF,
  LO: `!${CF}`,
  MI: `${NF} < 0`,
  PL: `${NF} >= 0`,
  VS: VF,
  VC: `!${VF}`,
  HI: `${CF} && ${ZF} != 0`,
  LS: `!${CF} || ${ZF} == 0`,
  GE: `!(${lessThan})`,
  LT: lessThan,
  GT: `${ZF} != 0 && !(${lessThan})`,
  LE: `${ZF} == 0 || ${lessThan}`,
}
/** 1 if the 16-bit truth table at `table`, indexed by NZCV, holds. */
const holds = (table: string) =>
  `(<u32>(${table}) >> ((<u32>(<u64>${NF} >> 63) << 3) | (u32(${ZF} == 0) << 2) | (${CF} << 1) | ${VF}) & 1)`

for (const width of widths) {
  const type = width === 'X' ? 'u64' : 'u32'
  for (const [name, other] of [
    ['CSEL', (v: string) => v],
    ['CSINC', (v: string) => `${v} + 1`],
    ['CSINV', (v: string) => `~${v}`],
    ['CSNEG', (v: string) => `0 - ${v}`],
  ] as const) {
    const value = `select<${type}>(${reg(width, B)}, ${other(reg(width, C))}, ${holds('r >> 48')})`
    op(`${name}_${width}`, `${set(width, A, value)}; ${next}`)
  }
  for (const [suffix, second] of [
    ['', reg(width, C)],
    ['I', width === 'X' ? '(r >> 32 & 31)' : '(<u32>(r >> 32) & 31)'],
  ] as const) {
    op(
      `CCMP${suffix}_${width}`,
      `if (${holds('r >> 48')}) { const a: ${type} = ${reg(width, B)}; const b: ${type} = ${second}; ` +
        `${flags(width, 'SUB')} } else setNZCV(cpu, <u32>(r >> 16) & 15); ${next}`,
    )
  }
}

// ---- branches --------------------------------------------------------------------------------------------------
// Near: the target lies in the same page and the immediate is a distance in record bytes. Otherwise in code bytes.

// Targets of calls, backward and far branches are sampled: those seen often are worth translating.

const sampled = 'if (drained()) sampleAt(cpu, rec, recBase, pcDelta, left); '
const near = `rec += <i32>(r >> 32); if (<i32>(r >> 32) <= 0) { ${sampled} } continue`
const far = `target = ${pc} + <u64>${IMM}; break`
op('B_NEAR', near)
op('B_FAR', far)
op('BL_NEAR', `store<u64>(cpu + 240, ${pc} + 4); rec += <i32>(r >> 32); ${sampled} continue`)
op('BL_FAR', `store<u64>(cpu + 240, ${pc} + 4); ${far}`)
for (const [name, test] of Object.entries(conditions)) {
  op(`B_${name}`, `if (${test}) { ${near} } ${next}`)
}
op('B_COND_FAR', `if (${holds('r >> 16')}) { ${far} } ${next}`)
for (const width of widths) {
  const zero = `${reg(width, A)} == 0`
  op(`CBZ_${width}`, `if (${zero}) { ${near} } ${next}`)
  op(`CBNZ_${width}`, `if (!(${zero})) { ${near} } ${next}`)
  op(`CBZ_FAR_${width}`, `if (${zero}) { ${far} } ${next}`)
  op(`CBNZ_FAR_${width}`, `if (!(${zero})) { ${far} } ${next}`)
}
const bit = `${x(A)} >> (r >> 24 & 63) & 1`
op('TBZ', `if (!(${bit})) { ${near} } ${next}`)
op('TBNZ', `if (${bit}) { ${near} } ${next}`)
op('TBZ_FAR', `if (!(${bit})) { ${far} } ${next}`)
op('TBNZ_FAR', `if (${bit}) { ${far} } ${next}`)
op('BR', `target = ${x(B)}; break`)
op('BLR', `target = ${x(B)}; store<u64>(cpu + 240, ${pc} + 4); break`)

// ---- loads and stores ------------------------------------------------------------------------------------------
// A lookup that misses leaves the whole instruction to slowAt. The stack pointer as base is checked for alignment.

/** Statements that look `va` up; `a` is the linear address, and the slow path is taken on a miss. */
function lookup(kind: 'READ' | 'WRITE', bytes: number): string {
  const key = bytes === 1 ? 'va' : `(va + ${bytes - 1})`
  return (
    'const e = dtlb + (<u32>(va >> 7) & 0x7fe0); ' +
    `if (load<u64>(e + TLB_${kind}_KEY) != (<u64>(<i64>${key} >> 12) ^ ctx)) { ${slow} } ` +
    'const a = <u32>va + load<u32>(e + TLB_ADDEND); '
  )
}

/** Base register B, checked if it is the stack pointer. */
const base = `const base = ${x(B)}; if (${B} == 248 && (<u32>base & spMask)) { ${slow} } `

const offsets = {
  '': `const va = base + <u64>${IMM}; `,
  // (value << a) >> b is both LSL and UXTW with a shift; SXTW wants an arithmetic right shift.
  _REG: `const va = base + ((${x(C)} << ${AMOUNT}) >> ${AMOUNT2}); `,
  _SXTW: `const va = base + <u64>(<i64>(${x(C)} << ${AMOUNT}) >> <i64>${AMOUNT2}); `,
}

const loads: [name: string, bytes: number, value: string][] = [
  ['LDR_X', 8, 'load<u64>(a)'],
  ['LDR_W', 4, '<u64>load<u32>(a)'],
  ['LDR_H', 2, '<u64>load<u16>(a)'],
  ['LDR_B', 1, '<u64>load<u8>(a)'],
  ['LDRSW', 4, '<u64><i64>load<i32>(a)'],
  ['LDRSH_X', 2, '<u64><i64>load<i16>(a)'],
  ['LDRSH_W', 2, '<u64><u32><i32>load<i16>(a)'],
  ['LDRSB_X', 1, '<u64><i64>load<i8>(a)'],
  ['LDRSB_W', 1, '<u64><u32><i32>load<i8>(a)'],
]
const stores: [name: string, bytes: number, statement: string][] = [
  ['STR_X', 8, `store<u64>(a, ${x(A)})`],
  ['STR_W', 4, `store<u32>(a, ${w(A)})`],
  ['STR_H', 2, `store<u16>(a, load<u16>(cpu + ${A}))`],
  ['STR_B', 1, `store<u8>(a, load<u8>(cpu + ${A}))`],
]
for (const [name, bytes, value] of loads) {
  for (const [suffix, va] of Object.entries(offsets)) {
    op(`${name}${suffix}`, `${base}${va}${lookup('READ', bytes)}${setX(A, value)}; ${next}`)
  }
}
for (const [name, bytes, statement] of stores) {
  for (const [suffix, va] of Object.entries(offsets)) {
    op(`${name}${suffix}`, `${base}${va}${lookup('WRITE', bytes)}${statement}; ${next}`)
  }
}
const preVa = `const va = base + <u64>${IMM}; `
const postVa = 'const va = base; '
const writeBack = `store<u64>(cpu + ${B}, base + <u64>${IMM}); `
for (const [suffix, va] of [
  ['_PRE', preVa],
  ['_POST', postVa],
] as const) {
  for (const [name, bytes, value] of loads.slice(0, 4)) {
    op(
      `${name}${suffix}`,
      `${base}${va}${lookup('READ', bytes)}${writeBack}${setX(A, value)}; ${next}`,
    )
  }
  for (const [name, bytes, statement] of stores) {
    op(`${name}${suffix}`, `${base}${va}${lookup('WRITE', bytes)}${statement}; ${writeBack}${next}`)
  }
}

// Pairs: registers A and C, base B, immediate in 63:48 (scaled, signed).
const pairImm = '<u64>(<i64>r >> 48)'
for (const [suffix, va, back] of [
  ['', `const va = base + ${pairImm}; `, ''],
  ['_PRE', `const va = base + ${pairImm}; `, `store<u64>(cpu + ${B}, base + ${pairImm}); `],
  ['_POST', 'const va = base; ', `store<u64>(cpu + ${B}, base + ${pairImm}); `],
] as const) {
  op(
    `LDP_X${suffix}`,
    `${base}${va}${lookup('READ', 16)}const y = load<u64>(a); const z = load<u64>(a, 8); ` +
      `${back}${setX(A, 'y')}; ${setX(C, 'z')}; ${next}`,
  )
  op(
    `STP_X${suffix}`,
    `${base}${va}${lookup('WRITE', 16)}const y = ${x(A)}; const z = ${x(C)}; ` +
      `store<u64>(a, y); store<u64>(a, z, 8); ${back}${next}`,
  )
}
op(
  'LDP_W',
  `${base}const va = base + ${pairImm}; ${lookup('READ', 8)}const y = load<u32>(a); ` +
    `const z = load<u32>(a, 4); ${setX(A, '<u64>y')}; ${setX(C, '<u64>z')}; ${next}`,
)
op(
  'STP_W',
  `${base}const va = base + ${pairImm}; ${lookup('WRITE', 8)}` +
    `store<u32>(a, ${w(A)}); store<u32>(a, ${w(C)}, 4); ${next}`,
)
op(
  'LDR_LIT_X',
  `const va = ${pc} + <u64>${IMM}; ${lookup('READ', 8)}${setX(A, 'load<u64>(a)')}; ${next}`,
)
op(
  'LDR_LIT_W',
  `const va = ${pc} + <u64>${IMM}; ${lookup('READ', 4)}${setX(A, '<u64>load<u32>(a)')}; ${next}`,
)

// SIMD & FP registers. A is the register's number.
const vector = (shift: number) => `(<u32>(r >> ${shift - 4}) & 0x1f0)`
const VA = vector(16)
const VC = vector(32)
const enabled = `if (load<u32>(cpu + CPU_FP_TRAP)) { ${slow} } `
const setV = (s: string, low: string, high: string) =>
  `store<u64>(cpu + ${s}, ${low}, CPU_V); store<u64>(cpu + ${s}, ${high}, CPU_V + 8)`
const vectorOffsets = { '': offsets[''], _REG: offsets['_REG'] }
for (const [suffix, va] of Object.entries(vectorOffsets)) {
  op(
    `LDR_Q${suffix}`,
    `${enabled}${base}${va}${lookup('READ', 16)}v128.store(cpu + ${VA}, v128.load(a), CPU_V); ${next}`,
  )
  op(
    `STR_Q${suffix}`,
    `${enabled}${base}${va}${lookup('WRITE', 16)}v128.store(a, v128.load(cpu + ${VA}, CPU_V)); ${next}`,
  )
  op(
    `LDR_D${suffix}`,
    `${enabled}${base}${va}${lookup('READ', 8)}${setV(VA, 'load<u64>(a)', '0')}; ${next}`,
  )
  op(
    `STR_D${suffix}`,
    `${enabled}${base}${va}${lookup('WRITE', 8)}store<u64>(a, load<u64>(cpu + ${VA}, CPU_V)); ${next}`,
  )
  op(
    `LDR_S${suffix}`,
    `${enabled}${base}${va}${lookup('READ', 4)}${setV(VA, '<u64>load<u32>(a)', '0')}; ${next}`,
  )
  op(
    `STR_S${suffix}`,
    `${enabled}${base}${va}${lookup('WRITE', 4)}store<u32>(a, load<u32>(cpu + ${VA}, CPU_V)); ${next}`,
  )
}
for (const [suffix, va, back] of [
  ['', `const va = base + ${pairImm}; `, ''],
  ['_PRE', `const va = base + ${pairImm}; `, `store<u64>(cpu + ${B}, base + ${pairImm}); `],
  ['_POST', 'const va = base; ', `store<u64>(cpu + ${B}, base + ${pairImm}); `],
] as const) {
  op(
    `LDP_Q${suffix}`,
    `${enabled}${base}${va}${lookup('READ', 32)}v128.store(cpu + ${VA}, v128.load(a), CPU_V); ` +
      `v128.store(cpu + ${VC}, v128.load(a, 16), CPU_V); ${back}${next}`,
  )
  op(
    `STP_Q${suffix}`,
    `${enabled}${base}${va}${lookup('WRITE', 32)}v128.store(a, v128.load(cpu + ${VA}, CPU_V)); ` +
      `v128.store(a, v128.load(cpu + ${VC}, CPU_V), 16); ${back}${next}`,
  )
}

// ---- scalar floating point ---------------------------------------------------------------------------------------
// The commonest of it, by functions that know when the host's arithmetic is exact. The rest is OP_FP.

const VB = vector(24)
const VD = vector(40)
for (const [format, type, bits] of [
  ['D', 'u64', 64],
  ['S', 'u32', 32],
] as const) {
  const v = (s: string) => `load<${type}>(cpu + ${s}, CPU_V)`
  const result = (value: string) => `${enabled}${setV(VA, `<u64>${value}`, '0')}; ${next}`
  for (const name of ['FADD', 'FSUB', 'FMUL', 'FDIV']) {
    op(`${name}_${format}`, result(`${name.toLowerCase()}${bits}(cpu, ${v(VB)}, ${v(VC)})`))
  }
  const sign = `((<${type}>1) << ${bits - 1})`
  op(`FMADD_${format}`, result(`fmadd${bits}(cpu, ${v(VD)}, ${v(VB)}, ${v(VC)})`))
  op(`FMSUB_${format}`, result(`fmadd${bits}(cpu, ${v(VD)}, ${v(VB)} ^ ${sign}, ${v(VC)})`))
  op(
    `FCMP_${format}`,
    `${enabled}fcmp${bits}(cpu, ${v(VB)}, ${v(VC)}, (r >> 16 & 1) != 0); ${next}`,
  )
  op(`FCSEL_${format}`, result(`select<${type}>(${v(VB)}, ${v(VC)}, ${holds('r >> 48')})`))
  op(`FMOV_${format}`, result(v(VB)))
}
op('FMOV_TO_X', `${enabled}${setX(A, `load<u64>(cpu + ${VB}, CPU_V)`)}; ${next}`)
op('FMOV_TO_W', `${enabled}${setX(A, `<u64>load<u32>(cpu + ${VB}, CPU_V)`)}; ${next}`)
op('FMOV_FROM_X', `${enabled}${setV(VA, x(B), '0')}; ${next}`)
op('FMOV_FROM_W', `${enabled}${setV(VA, `<u64>${w(B)}`, '0')}; ${next}`)

// ---- by row and word: row in 31:16, word in 63:32 ----------------------------------------------------------------

const row = '<u32>(r >> 16) & 0xffff'
const word = '<u32>(r >> 32)'
op('NOP', next)
op('INT', `execInt(cpu, ${row}, ${word}); ${next}`)
op('FP', `${enabled}if (execFpSimd(cpu, ${row}, ${word})) { ${next} } ${slow}`)
op(
  'MEM',
  `store<u64>(cpu + CPU_PC, ${pc}); store<u32>(MACH_BASE + MACH_LEFT, left); ` +
    `if (execMemory(cpu, ${row}, ${word})) { ${next} } return`,
)
op(
  'SYS',
  `store<u64>(cpu + CPU_PC, ${pc}); store<u32>(MACH_BASE + MACH_LEFT, left); ` +
    `if (execSystem(cpu, ${row}, ${word})) { ${next} } return`,
)
op('SLOW', slow)

// A translated function starts here: its table index is in 63:32. After a side exit to this very address the instruction
// is executed as if it did not.
op(
  'ENTER',
  `left++; store<u32>(MACH_BASE + MACH_LEFT, left); ` +
    `if (${pc} == skip) { stepOver(cpu, rec, recBase, ${pc}); return } ` +
    `target = enter(cpu, rec, ${pc}); left = load<i32>(MACH_BASE + MACH_LEFT); ` +
    'if (load<u32>(cpu + CPU_ATTENTION) | load<u32>(MACH_BASE + MACH_EXIT)) { ' +
    'store<u64>(cpu + CPU_PC, target); return } skip = 1; if (interpretNext) { skip = target; branched = false } break',
)

/** Names of the operations that exist besides the generated cases. */
const special = ['UNDECODED', 'PAGE_END']

/** Number of the operation OP_`name`. */
export function opNumber(name: string): number {
  const index = operations.findIndex((operation) => operation.name === name)
  if (index < 0) throw new Error(`The interpreter has no operation "${name}"`)
  return special.length + index
}

/** Source of `generated/ops.ts`: the OP_* constants. */
export function generateOps(): string {
  const names = [...special, ...operations.map((o) => o.name)]
  return `// Generated by jit/core/interpreter.ts.\n${names
    .map((name, i) => `export const OP_${name}: u64 = ${i}\n`)
    .join('')}`
}

/** Source of `generated/interpreter.ts`: the dispatch function. */
export function generateInterpreter(): string {
  const cases = operations
    .map(({ body }, i) => `      case ${special.length + i}: { ${body} }\n`)
    .join('')
  return `// Generated by jit/core/interpreter.ts.
import { execFpSimd } from '../fp/exec'
import {
  fadd32, fadd64, fdiv32, fdiv64, fmadd32, fmadd64, fmul32, fmul64, fsub32, fsub64,
} from '../fp/fast-arith'
import { fcmp32, fcmp64 } from '../fp/fast-convert'
import { execInt } from '../int'
import {
  CPU_ATTENTION, CPU_CF, CPU_CTX, CPU_DTLB, CPU_FP_TRAP, CPU_ITLB, CPU_NF, CPU_PC, CPU_SP_MASK, CPU_V, CPU_VF,
  CPU_ZF, MACH_BASE, MACH_EXIT, MACH_LEFT, TLB_ADDEND, TLB_READ_KEY, TLB_WRITE_KEY,
} from '../layout'
import { takeLanding } from '../landing'
import { execMemory } from '../memory'
import { predecode } from '../predecode'
import { branchAddress } from '../regime'
import { slowAt } from '../slow'
import { setNZCV } from '../state'
import { execSystem } from '../system'
import { fetchSlow } from '../tlb'
import { drained, enter, interpretNext, sampleAt, stepOver } from '../translated'
import { pcAlignment } from '../exception'

/**
 * Executes from CPU_PC until the budget in MACH_LEFT is used up or something needs the outer loop: an exception was
 * taken, state the locals below mirror has changed, or the slice must end. PC and MACH_LEFT are up to date then.
 */
export function interpret(cpu: usize): void {
  const dtlb: usize = load<u32>(cpu + CPU_DTLB)
  const itlb: usize = load<u32>(cpu + CPU_ITLB)
  const ctx = load<u64>(cpu + CPU_CTX)
  const spMask = load<u32>(cpu + CPU_SP_MASK)
  let left = load<i32>(MACH_BASE + MACH_LEFT)
  let target = load<u64>(cpu + CPU_PC)
  let rec: usize = 0
  let recBase: usize = 0
  let pcDelta: u64 = 0
  // No instruction has an odd address.
  let skip: u64 = 1
  // Where a slice began or a side exit led is no target of a branch: such an address makes a bad entry.
  let branched = takeLanding()
  while (true) {
    const t = itlb + (<u32>(target >> 8) & 0x3ff0)
    if (load<u64>(t) == (<u64>(<i64>target >> 12) ^ ctx) && !(<u32>target & 3)) {
      recBase = load<u32>(t, 8)
    } else {
      // A fetch that faults counts as an instruction, or a guest whose vectors cannot be fetched would never end a slice.
      store<u64>(cpu + CPU_PC, target)
      store<u32>(MACH_BASE + MACH_LEFT, left ? left - 1 : 0)
      if (!left) return
      if (<u32>target & 3) {
        pcAlignment(cpu)
        return
      }
      target = branchAddress(cpu, target)
      store<u64>(cpu + CPU_PC, target)
      recBase = fetchSlow(cpu, target)
      if (!recBase) return
      store<u32>(MACH_BASE + MACH_LEFT, left)
    }
    rec = recBase + ((<u32>target & 0xfff) << 1)
    pcDelta = (target & ~<u64>0xfff) - <u64>(recBase >> 1)
    if (branched) { ${sampled} }
    branched = true
    while (true) {
      if (--left < 0) {
        store<u64>(cpu + CPU_PC, <u64>(rec >> 1) + pcDelta)
        store<u32>(MACH_BASE + MACH_LEFT, 0)
        return
      }
      const r = load<u64>(rec)
      switch (<u32>r & 0xffff) {
      case 0: { predecode(rec, recBase); left++; continue }
      case 1: { target = <u64>(rec >> 1) + pcDelta; left++; break }
${cases}      }
      break
    }
  }
}
`
}
