/** Selection of loads, stores, globals and the other state of an instance. */

import * as a64 from '../../../jit/isa/instructions.ts'
import { type FloatRegister, type Register, w, x } from '../../../jit/isa/registers.ts'
import { isFloat, type Reg } from '../mir.ts'
import type { Type, Value } from '../ssa.ts'
import { CONTEXT, MEMORY } from './convention.ts'
import type { Layout } from './layout.ts'
import { selectVectorAccess } from './select-vector-memory.ts'
import { constantOf, general, type Selector, scalar } from './selector.ts'

const context = x(CONTEXT)
const memory = x(MEMORY)

/** An address: registers it reads, and how to name it given them. */
export interface AddressOperand {
  readonly uses: Reg[]
  readonly make: (registers: readonly number[]) => a64.Address
}

/** The address of a load or store of `size` bytes. */
export function addressOf(selector: Selector, value: Value, size: number): AddressOperand {
  const [index] = value.args as [Value]
  const offset = value.imm.index!
  const constant = constantOf(index)
  if (constant !== undefined) return constantAddress(selector, Number(constant) + offset, size)
  if (index.op === 'i64.add' && selector.absorbs(index) && offset === 0) {
    const uses = index.args.map((arg) => selector.use(arg))
    return { uses, make: ([n, m]) => a64.indexed(x(n!), x(m!)) }
  }
  const use = selector.use(index)
  if (index.type === 'i32') {
    return { uses: [use], make: ([n]) => a64.indexed(memory, w(n!), 'uxtw') }
  }
  if (a64.offsetFits(offset, size)) return { uses: [use], make: ([n]) => a64.at(x(n!), offset) }
  const far = selector.temp('i64')
  selector.put([far], [], (out, [t]) => out.emit(...a64.loadConstant(x(t!), BigInt(offset))))
  return { uses: [use, far], make: ([n, m]) => a64.indexed(x(n!), x(m!)) }
}

function constantAddress(selector: Selector, offset: number, size: number): AddressOperand {
  if (a64.offsetFits(offset, size)) return { uses: [], make: () => a64.at(memory, offset) }
  const index = selector.temp('i64')
  selector.put([index], [], (out, [t]) => out.emit(...a64.loadConstant(x(t!), BigInt(offset))))
  return { uses: [index], make: ([n]) => a64.indexed(memory, x(n!)) }
}

type LoadWord = (type: Type, t: number, address: a64.Address) => number

/** Loads by the end of their names: what is not a whole value of its type. */
const NARROW_LOADS: Record<string, LoadWord> = {
  '8_s': (type, t, address) => a64.ldrsb(general(type, t), address),
  '8_u': (_, t, address) => a64.ldrb(w(t), address),
  '16_s': (type, t, address) => a64.ldrsh(general(type, t), address),
  '16_u': (_, t, address) => a64.ldrh(w(t), address),
  '32_s': (_, t, address) => a64.ldrsw(x(t), address),
  '32_u': (_, t, address) => a64.ldr(w(t), address),
}

export function register(type: Type, number: number): Register | FloatRegister {
  return isFloat(type) ? scalar(type, number) : general(type, number)
}

function load(selector: Selector, value: Value): void {
  const access = value.imm.access!
  const type = value.type!
  const address = addressOf(selector, value, access.bytes)
  const narrow = NARROW_LOADS[/load(\d+_[su])?$/.exec(access.name)?.[1] ?? '']
  selector.put([selector.registerOf(value)], address.uses, (out, [t, ...rest]) => {
    const place = address.make(rest)
    out.emit(narrow ? narrow(type, t!, place) : a64.ldr(register(type, t!), place))
  })
}

function store(selector: Selector, value: Value): void {
  const access = value.imm.access!
  const data = storedValue(selector, value.args[1]!, access.bytes)
  const isZero = constantOf(data) === 0n && data.type !== 'v128'
  const type = isZero && data.type![0] === 'f' ? (data.type === 'f64' ? 'i64' : 'i32') : data.type!
  const address = addressOf(selector, value, access.bytes)
  const uses = [...(isZero ? [] : [selector.use(data)]), ...address.uses]
  selector.put([], uses, (out, registers) => {
    const place = address.make(isZero ? registers : registers.slice(1))
    const number = isZero ? 31 : registers[0]!
    if (access.bytes === 1) out.emit(a64.strb(general('i32', number), place))
    else if (access.bytes === 2) out.emit(a64.strh(general('i32', number), place))
    else if (access.bytes === 4 && type === 'i64') out.emit(a64.str(general('i32', number), place))
    else out.emit(a64.str(register(type, number), place))
  })
}

/** The value whose low bytes are stored: conversions and masks that only change the others are passed over. */
function storedValue(selector: Selector, value: Value, bytes: number): Value {
  if (!selector.absorbs(value)) return value
  const inner = value.args[0]!
  if (value.op === 'i32.wrap_i64') return storedValue(selector, inner, bytes)
  if (/extend_i32/.test(value.op) && bytes <= 4) return storedValue(selector, inner, bytes)
  if (/\.and$/.test(value.op)) {
    const kept = (1n << BigInt(8 * bytes)) - 1n
    const mask = constantOf(value.args[1]!)
    if (mask !== undefined && (mask & kept) === kept) return storedValue(selector, inner, bytes)
  }
  return value
}

const BYTES: Record<Type, number> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 }

/** Reads a place of the context. */
function read(selector: Selector, value: Value, offset: number): void {
  const type = value.type!
  selector.put([selector.registerOf(value)], [], (out, [t]) =>
    out.access(BYTES[type], context, offset, (address) => a64.ldr(register(type, t!), address)),
  )
}

function writeGlobal(selector: Selector, value: Value, layout: Layout): void {
  const [data] = value.args as [Value]
  const type = data.type!
  const offset = layout.globals[value.imm.index!]!
  selector.put([], [selector.use(data)], (out, [n]) =>
    out.access(BYTES[type], context, offset, (address) => a64.str(register(type, n!), address)),
  )
}

/** The address of a table's element, checked, in X16. */
function tableElement(selector: Selector, value: Value, layout: Layout): void {
  const table = layout.tables[value.imm.index!]!
  const [index, data] = value.args as [Value, Value | undefined]
  const uses = [selector.use(index), ...(data ? [selector.use(data)] : [])]
  selector.put(data ? [] : [selector.registerOf(value)], uses, (out, registers) => {
    const [n, m] = data ? registers : registers.slice(1)
    out.access(4, context, table + 8, (address) => a64.ldr(w(17), address))
    out.emit(a64.cmp(w(n!), w(17)))
    out.branch('hs', out.trap('table'))
    out.access(8, context, table, (address) => a64.ldr(x(16), address))
    out.emit(a64.add(x(16), x(16), a64.extended(w(n!), 'uxtw', 3)))
    out.emit(data ? a64.str(x(m!), a64.at(x(16))) : a64.ldr(x(registers[0]!), a64.at(x(16))))
  })
}

/** Selects an access to memory or to the context; false if it is none. */
export function selectMemory(selector: Selector, value: Value, layout: Layout): boolean {
  switch (value.op) {
    case 'load':
    case 'store': {
      if (/^v128\.(load\d|store)/.test(value.imm.access!.name)) selectVectorAccess(selector, value)
      else if (value.op === 'load') load(selector, value)
      else store(selector, value)
      return true
    }
    case 'addr': {
      const place = constantOf(value.args[0]!)
      if (place !== undefined && a64.fitsArithmetic(Number(place))) {
        selector.put([selector.registerOf(value)], [], (out, [t]) =>
          out.emit(a64.add(x(t!), memory, Number(place))),
        )
        return true
      }
      selector.put([selector.registerOf(value)], [selector.use(value.args[0]!)], (out, [t, n]) =>
        out.emit(a64.add(x(t!), memory, a64.extended(w(n!), 'uxtw'))),
      )
      return true
    }
    case 'global.get':
      read(selector, value, layout.globals[value.imm.index!]!)
      return true
    case 'global.set':
      writeGlobal(selector, value, layout)
      return true
    case 'memory.size':
      read(selector, value, layout.pages)
      return true
    case 'table.size':
      read(selector, value, layout.tables[value.imm.index!]! + 8)
      return true
    case 'table.get':
    case 'table.set':
      tableElement(selector, value, layout)
      return true
    case 'data.drop':
    case 'elem.drop': {
      const segments = value.op === 'data.drop' ? layout.data : layout.elements
      const offset = segments[value.imm.index!]! + 8
      selector.put([], [], (out) =>
        out.access(8, context, offset, (address) => a64.str(general('i64', 31), address)),
      )
      return true
    }
    default:
      return false
  }
}
