/** Selection of calls: of functions, through tables, and of what the runtime does (bulk memory, growth). */

import type { Label } from '../../../jit/isa/assembler.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { sp, w, x } from '../../../jit/isa/registers.ts'
import type { Reg } from '../mir.ts'
import { type Type, typeOf, type Value } from '../ssa.ts'
import type { FunctionType } from '../wasm/module.ts'
import { areaOf, CONTEXT, type Place, placesOf } from './convention.ts'
import type { Layout } from './layout.ts'
import { type Imported, selectImport } from './select-import.ts'
import { register } from './select-memory.ts'
import type { Selector } from './selector.ts'

/** What calls need to know of the module. */
export interface Callees {
  readonly layout: Layout
  /** The label of a function's code. */
  readonly functionLabel: (index: number) => Label
  /** Equal types have equal numbers. */
  readonly typeNumber: (type: FunctionType) => number
  /** The label of a function's record: its type's number and its address. */
  readonly recordLabel: (index: number) => Label
  /** What imported functions become, by their indices. */
  readonly imports: readonly Imported[]
}

/** Moves values to or from cells on the stack. */
function cells(places: readonly Place[], move: (cell: number, i: number) => void) {
  for (const [i, place] of places.entries()) if ('cell' in place) move(place.cell, i)
}

/** Stores values to the outgoing area, or from there to the caller's. */
export function storeCells(
  selector: Selector,
  places: readonly Place[],
  values: readonly Value[],
  incoming: boolean,
): void {
  cells(places, (cell, i) => {
    const type = values[i]!.type!
    selector.put([], [selector.useMoved(values[i]!)], (out, [n]) =>
      out.access(BYTES[type], sp, cell * 16 + (incoming ? out.frame.size : 0), (address) =>
        a64.str(register(type, n!), address),
      ),
    )
  })
}

const BYTES: Record<Type, number> = { i32: 4, i64: 8, f32: 4, f64: 8, v128: 16 }

/** Loads values from the outgoing area, or from the caller's. */
export function loadCells(
  selector: Selector,
  places: readonly Place[],
  targets: readonly Reg[],
  types: readonly Type[],
  incoming: boolean,
): void {
  cells(places, (cell, i) => {
    const type = types[i]!
    selector.put([targets[i]!], [], (out, [t]) =>
      out.access(BYTES[type], sp, cell * 16 + (incoming ? out.frame.size : 0), (address) =>
        a64.ldr(register(type, t!), address),
      ),
    )
  })
}

const inRegisters = (places: readonly Place[]): [Reg, number][] =>
  places.flatMap((place, i): [Reg, number][] => ('register' in place ? [[place.register, i]] : []))

/** A call with its arguments and results, given how to reach the callee. */
function call(
  selector: Selector,
  value: Value,
  args: readonly Value[],
  results: readonly (Value | undefined)[],
  target: { readonly code: Reg } | Label,
): void {
  const from = placesOf(args.map(({ type }) => type!))
  const resultTypes = value.imm.type!.results.map(typeOf)
  const to = placesOf(resultTypes)
  selector.fn.outgoing = Math.max(selector.fn.outgoing, areaOf(from), areaOf(to))
  storeCells(selector, from, args, false)
  const passed = inRegisters(from)
  selector.move(
    passed.map(([reg]) => reg),
    passed.map(([, i]) => selector.useMoved(args[i]!)),
  )
  const given = inRegisters(to)
  const defs = given.map(([reg]) => reg)
  const uses = passed.map(([reg]) => reg)
  if (typeof target === 'object') {
    selector.call(defs, [target.code, ...uses], (out, registers) =>
      out.emit(a64.blr(x(registers[defs.length]!))),
    )
  } else selector.call(defs, uses, (out) => void out.asm.bl(target))
  const held = resultTypes.map((type, i) => {
    const result = results[i]
    return result ? selector.registerOf(result) : selector.temp(type)
  })
  selector.move(
    given.map(([, i]) => held[i]!),
    defs,
  )
  loadCells(selector, to, held, resultTypes, false)
}

/** The address of a function found in a table, checked, in a register of its own. */
function lookUp(selector: Selector, value: Value, callees: Callees): Reg {
  const table = callees.layout.tables[value.imm.index!]!
  const number = callees.typeNumber(value.imm.type!)
  const code = selector.temp('i64')
  const context = x(CONTEXT)
  selector.put([code], [selector.use(value.args[0]!)], (out, [t, n]) => {
    out.access(4, context, table + 8, (address) => a64.ldr(w(17), address))
    out.emit(a64.cmp(w(n!), w(17)))
    out.branch('hs', out.trap('undefinedElement'))
    out.access(8, context, table, (address) => a64.ldr(x(16), address))
    out.emit(a64.ldr(x(16), a64.indexed(x(16), w(n!), 'uxtw', true)))
    out.branchZero(x(16), true, out.trap('uninitialized'))
    out.emit(a64.ldr(w(17), a64.at(x(16))))
    if (a64.fitsArithmetic(number)) out.emit(a64.cmp(w(17), number))
    else {
      // The index was read above, and the result is written last.
      out.emit(...a64.loadConstant(w(t!), BigInt(number)), a64.cmp(w(17), w(t!)))
    }
    out.branch('ne', out.trap('mismatch'))
    out.emit(a64.ldr(x(t!), a64.at(x(16), 8)))
  })
  return code
}

/** Results of a call by their numbers; those nobody needs are missing. */
export type Results = ReadonlyMap<Value, readonly (Value | undefined)[]>

/** Selects a call; false if the value is none. */
export function selectCall(
  selector: Selector,
  value: Value,
  callees: Callees,
  results: Results,
): boolean {
  const given = results.get(value) ?? []
  const imported = value.op === 'call' ? callees.imports[value.imm.index!] : undefined
  if (imported) {
    selectImport(selector, imported, value, given)
    return true
  }
  if (value.op === 'call') {
    call(selector, value, value.args, given, callees.functionLabel(value.imm.index!))
    return true
  }
  if (value.op === 'call_indirect') {
    const code = lookUp(selector, value, callees)
    call(selector, value, value.args.slice(1), given, { code })
    return true
  }
  if (value.op === 'ref.func') {
    const label = callees.recordLabel(value.imm.index!)
    selector.put([selector.registerOf(value)], [], (out, [t]) => {
      out.asm.adrp(x(t!), label).addLow(x(t!), x(t!), label)
    })
    return true
  }
  const helper = HELPERS[value.op]
  if (!helper) return false
  callHelper(selector, value, callees.layout, helper)
  return true
}

/** Runtime routines, and the places of the context they are told about beside the arguments. */
interface Helper {
  readonly label: string
  readonly places: (layout: Layout, first: number, second: number) => readonly number[]
}

const HELPERS: Record<string, Helper> = {
  'memory.grow': { label: 'memory_grow', places: () => [] },
  'memory.fill': { label: 'memory_fill', places: () => [] },
  'memory.copy': { label: 'memory_copy', places: () => [] },
  'memory.init': { label: 'memory_init', places: ({ data }, first) => [data[first]!] },
  'table.grow': { label: 'table_grow', places: ({ tables }, first) => [tables[first]!] },
  'table.fill': { label: 'table_fill', places: ({ tables }, first) => [tables[first]!] },
  'table.copy': {
    label: 'table_copy',
    places: ({ tables }, first, second) => [tables[first]!, tables[second]!],
  },
  'table.init': {
    label: 'table_init',
    places: ({ tables, elements }, first, second) => [tables[second]!, elements[first]!],
  },
}

/** Arguments in X0 to X2, offsets of places in the context in X3 and X4; the result, if any, in X0. */
function callHelper(selector: Selector, value: Value, layout: Layout, helper: Helper): void {
  const places = helper.places(layout, value.imm.index!, value.imm.second!)
  const offsets = places.map((offset) => {
    const reg = selector.temp('i64')
    selector.put([reg], [], (out, [t]) => out.emit(...a64.loadConstant(x(t!), BigInt(offset))))
    return reg
  })
  const args = value.args.map((arg) => selector.useMoved(arg))
  const uses = [...args.keys(), ...offsets.map((_, i) => 3 + i)]
  selector.move(uses, [...args, ...offsets])
  selector.call(value.type ? [0] : [], uses, (out) => void out.asm.bl(helper.label))
  if (value.type) selector.move([selector.registerOf(value)], [0])
}
