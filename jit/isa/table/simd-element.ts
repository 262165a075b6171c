/**
 * A64 Advanced SIMD and scalar SIMD "vector x indexed element" (DDI 0487 C4.1).
 *
 * The index is H:L:M for halfwords (Rm is 4 bits), H:L for words (Rm is M:Rm), H for doublewords.
 */

import { family, type RowBody } from './row.ts'

const HS = 'size == 1 || size == 2'

function element(
  id: string,
  u: 0 | 1,
  opcode: string,
  size: string,
  asm: string,
  rest: Partial<RowBody> = {},
): RowBody {
  return {
    id: `${id}_elem`,
    pattern: `0 Q ${u} 01111 ${size} L M Rm:4 ${opcode} H 0 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()}${asm}`,
    ...rest,
  }
}

function scalar(
  id: string,
  u: 0 | 1,
  opcode: string,
  size: string,
  asm: string,
  rest: Partial<RowBody> = {},
): RowBody {
  return {
    id: `${id}_sisd_elem`,
    pattern: `01 ${u} 11111 ${size} L M Rm:4 ${opcode} H 0 Rn:5 Rd:5`,
    asm: `${id.toLowerCase()}${asm}`,
    ...rest,
  }
}

const same = (id: string, u: 0 | 1, opcode: string, rest: Partial<RowBody> = {}): RowBody =>
  element(id, u, opcode, 'size:2', ' <Vd.T>, <Vn.T>, <Vm[T]>', { where: HS, ...rest })

const sameScalar = (id: string, u: 0 | 1, opcode: string, rest: Partial<RowBody> = {}): RowBody =>
  scalar(id, u, opcode, 'size:2', ' <Zd>, <Zn>, <Vm[T]>', { where: HS, ...rest })

const long = (id: string, u: 0 | 1, opcode: string): RowBody =>
  element(id, u, opcode, 'size:2', '<2> <Vd.W>, <Vn.T>, <Vm[T]>', { where: HS })

const longScalar = (id: string, u: 0 | 1, opcode: string): RowBody =>
  scalar(id, u, opcode, 'size:2', ' <Yd>, <Zn>, <Vm[T]>', { where: HS })

/** Single and double, half, each as vector and scalar. */
function float(id: string, u: 0 | 1, opcode: string): RowBody[] {
  const half: RowBody = element(id, u, opcode, '00', ' <Vd.HQ>, <Vn.HQ>, <Vm[h]>', {
    feature: 'fp16',
  })
  const halfScalar: RowBody = scalar(id, u, opcode, '00', ' <Hd>, <Hn>, <Vm[h]>', {
    feature: 'fp16',
  })
  return [
    element(id, u, opcode, '1 sz', ' <Vd.F>, <Vn.F>, <Vm[F]>', {
      where: '!(sz == 1 && (L == 1 || Q == 0))',
    }),
    { ...half, id: `${half.id}_h` },
    scalar(id, u, opcode, '1 sz', ' <Fd>, <Fn>, <Vm[F]>', { where: '!(sz == 1 && L == 1)' }),
    { ...halfScalar, id: `${halfScalar.id}_h` },
  ]
}

const dot = (id: string, u: 0 | 1, opcode: string, size: string, feature: string): RowBody =>
  element(id, u, opcode, size, ' <Vd.SQ>, <Vn.BQ>, <Vm[4b]>', { feature })

const widening = (id: string, u: 0 | 1, opcode: string): RowBody =>
  element(id, u, opcode, '10', ' <Vd.SQ>, <Vn.H2>, <Vm[h]>', { feature: 'fhm' })

export const simdElement = family('simd', 'simd', [
  same('MLA', 1, '0000'),
  same('MLS', 1, '0100'),
  same('MUL', 0, '1000'),
  long('SMLAL', 0, '0010'),
  long('UMLAL', 1, '0010'),
  long('SMLSL', 0, '0110'),
  long('UMLSL', 1, '0110'),
  long('SMULL', 0, '1010'),
  long('UMULL', 1, '1010'),
  long('SQDMLAL', 0, '0011'),
  longScalar('SQDMLAL', 0, '0011'),
  long('SQDMLSL', 0, '0111'),
  longScalar('SQDMLSL', 0, '0111'),
  long('SQDMULL', 0, '1011'),
  longScalar('SQDMULL', 0, '1011'),
  same('SQDMULH', 0, '1100'),
  sameScalar('SQDMULH', 0, '1100'),
  same('SQRDMULH', 0, '1101'),
  sameScalar('SQRDMULH', 0, '1101'),
  same('SQRDMLAH', 1, '1101', { feature: 'rdm' }),
  sameScalar('SQRDMLAH', 1, '1101', { feature: 'rdm' }),
  same('SQRDMLSH', 1, '1111', { feature: 'rdm' }),
  sameScalar('SQRDMLSH', 1, '1111', { feature: 'rdm' }),
  ...float('FMLA', 0, '0001'),
  ...float('FMLS', 0, '0101'),
  ...float('FMUL', 0, '1001'),
  ...float('FMULX', 1, '1001'),
  dot('SDOT', 0, '1110', '10', 'dotprod'),
  dot('UDOT', 1, '1110', '10', 'dotprod'),
  dot('SUDOT', 0, '1111', '00', 'i8mm'),
  dot('USDOT', 0, '1111', '10', 'i8mm'),
  element('BFDOT', 0, '1111', '01', ' <Vd.SQ>, <Vn.HQ>, <Vm[2h]>', { feature: 'bf16' }),
  {
    id: 'BFMLAL_elem',
    pattern: '0 Q 0 01111 11 L M Rm:4 1111 H 0 Rn:5 Rd:5',
    asm: 'bfmlal<bt> <Vd>.4s, <Vn>.8h, <Vm[h]>',
    feature: 'bf16',
  },
  widening('FMLAL', 0, '0000'),
  widening('FMLSL', 0, '0100'),
  widening('FMLAL2', 1, '1000'),
  widening('FMLSL2', 1, '1100'),
  element('FCMLA', 1, '0 rot:2 1', 'size:2', ' <Vd.T>, <Vn.T>, <Vm[C]>, #<rot90>', {
    where: '(size == 1 && !(H == 1 && Q == 0)) || (size == 2 && L == 0 && Q == 1)',
    feature: 'fcma',
  }),
])
