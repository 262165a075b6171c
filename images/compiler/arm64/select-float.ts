/** Selection of scalar floating point and conversions. The machine's NaNs are among those WebAssembly allows. */

import { assemble } from '../../../jit/isa/assemble.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import type { FloatRegister } from '../../../jit/isa/registers.ts'
import { isFloat } from '../mir.ts'
import type { Type, Value } from '../ssa.ts'
import { flagsOf } from './condition.ts'
import { emitConstant, general, type Selector, scalar } from './selector.ts'

type Unary = (rd: FloatRegister, rn: FloatRegister) => number
type Binary = (rd: FloatRegister, rn: FloatRegister, rm: FloatRegister) => number

const UNARY: Record<string, Unary> = {
  abs: a64.fabs,
  neg: a64.fneg,
  ceil: a64.frintp,
  floor: a64.frintm,
  trunc: a64.frintz,
  nearest: a64.frintn,
  sqrt: a64.fsqrt,
  demote_f64: a64.fcvt,
  promote_f32: a64.fcvt,
}

const BINARY: Record<string, Binary> = {
  add: a64.fadd,
  sub: a64.fsub,
  mul: a64.fmul,
  div: a64.fdiv,
  min: a64.fmin,
  max: a64.fmax,
}

/** Selects an operation on floating-point values, or a conversion; false if it is none. */
export function selectFloat(selector: Selector, value: Value): boolean {
  const [prefix = '', name = ''] = value.op.split('.')
  if (!/^[if](32|64)$/.test(prefix)) return false
  const uses = () => value.args.map((arg) => selector.use(arg))
  const target = selector.registerOf(value)
  const type = value.type!
  const from = value.args[0]!.type!
  const unary = UNARY[name]
  const binary = BINARY[name]
  if (prefix[0] === 'f' && unary) {
    selector.put([target], uses(), (out, [t, n]) =>
      out.emit(unary(scalar(type, t!), scalar(from, n!))),
    )
  } else if (prefix[0] === 'f' && binary) {
    selector.put([target], uses(), (out, [t, n, m]) =>
      out.emit(binary(scalar(type, t!), scalar(type, n!), scalar(type, m!))),
    )
  } else if (name === 'copysign') copysign(selector, value)
  else if (name.startsWith('reinterpret')) {
    selector.put([target], uses(), (out, [t, n]) =>
      out.emit(a64.fmov(either(type, t!), either(from, n!))),
    )
  } else if (name.startsWith('convert')) {
    const convert = name.endsWith('_s') ? a64.scvtf : a64.ucvtf
    selector.put([target], uses(), (out, [t, n]) =>
      out.emit(convert(scalar(type, t!), general(from, n!))),
    )
  } else if (name.startsWith('trunc_')) truncate(selector, value, name)
  else return false
  return true
}

function either(type: Type, number: number) {
  return isFloat(type) ? scalar(type, number) : general(type, number)
}

const INSERT_IF_TRUE = assemble('bit v0.16b, v0.16b, v0.16b')

/** The sign of the second, everything else of the first. */
function copysign(selector: Selector, value: Value): void {
  const type = value.type!
  const [a, b] = value.args.map((arg) => selector.use(arg)) as [number, number]
  const mask = selector.temp(type)
  selector.put(
    [selector.registerOf(value), mask],
    [a, b],
    (out, [t, m, x, y]) => {
      emitConstant(out, type, type === 'f32' ? 1n << 31n : 1n << 63n, m!)
      out.emit(a64.fmov(scalar(type, t!), scalar(type, x!)))
      out.emit((INSERT_IF_TRUE | (m! << 16) | (y! << 5) | t!) >>> 0)
    },
    true,
  )
}

/** Bits of the floating-point number of that type. */
function bitsOf(type: Type, number: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  if (type === 'f32') {
    view.setFloat32(0, number)
    return BigInt(view.getUint32(0))
  }
  view.setFloat64(0, number)
  return view.getBigUint64(0)
}

/**
 * The bounds of numbers that can be converted: at least `low` (more than it, if `open`), and less than `high`.
 *
 * Where the type is too coarse for the number below the least integer, the least integer itself is the bound.
 */
function boundsOf(
  from: Type,
  to: Type,
  signed: boolean,
): { low: number; open: boolean; high: number } {
  const bits = to === 'i64' ? 64 : 32
  if (!signed) return { low: -1, open: true, high: 2 ** bits }
  const low = -(2 ** (bits - 1))
  if (from === 'f64' && bits === 32) return { low: low - 1, open: true, high: -low }
  return { low, open: false, high: -low }
}

/** Conversion to an integer, saturating or trapping. */
function truncate(selector: Selector, value: Value, name: string) {
  const type = value.type!
  const from = value.args[0]!.type!
  const signed = name.endsWith('_s')
  const convert = signed ? a64.fcvtzs : a64.fcvtzu
  const use = selector.use(value.args[0]!)
  const target = selector.registerOf(value)
  if (name.startsWith('trunc_sat')) {
    return selector.put([target], [use], (out, [t, n]) =>
      out.emit(convert(general(type, t!), scalar(from, n!))),
    )
  }
  const { low, open, high } = boundsOf(from, type, signed)
  selector.put([target], [use], (out, [t, n]) => {
    const source = scalar(from, n!)
    const bound = scalar(from, 31)
    out.emit(a64.fcmp(source, source))
    out.branch('vs', out.trap('conversion'))
    emitConstant(out, from, bitsOf(from, low), 31)
    out.emit(a64.fcmp(source, bound))
    out.branch(open ? 'le' : 'lt', out.trap('overflow'))
    emitConstant(out, from, bitsOf(from, high), 31)
    out.emit(a64.fcmp(source, bound))
    out.branch('ge', out.trap('overflow'))
    out.emit(convert(general(type, t!), source))
  })
}

const SELECT_BITS = assemble('bsl v0.16b, v0.16b, v0.16b')
const DUPLICATE = assemble('dup v31.2d, x0')

/** Selects a choice between floating-point values or vectors. */
export function selectFloatChoice(selector: Selector, value: Value) {
  const type = value.type!
  const [yes, no, condition] = value.args as [Value, Value, Value]
  const flags = flagsOf(selector, condition)
  const uses = [selector.use(yes), selector.use(no), ...flags.uses]
  const target = selector.registerOf(value)
  if (type !== 'v128') {
    return selector.put([target], uses, (out, [t, n, m, ...rest]) => {
      flags.emit(out, rest)
      out.emit(a64.fcsel(scalar(type, t!), scalar(type, n!), scalar(type, m!), flags.code))
    })
  }
  selector.put([target], uses, (out, [t, n, m, ...rest]) => {
    flags.emit(out, rest)
    out.emit(a64.csetm(general('i64', 16), flags.code), (DUPLICATE | (16 << 5)) >>> 0)
    out.emit((SELECT_BITS | (m! << 16) | (n! << 5) | 31) >>> 0)
    out.emit((MOVE | (31 << 16) | (31 << 5) | t!) >>> 0)
  })
}

const MOVE = assemble('orr v0.16b, v0.16b, v0.16b')
