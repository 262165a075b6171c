/**
 * Selection of calls of imported functions: instructions in line (`imports.ts`), system calls, calls through pointers and of
 * routines in assembly.
 */

import type { Label } from '../../../jit/isa/assembler.ts'
import * as a64 from '../../../jit/isa/instructions.ts'
import { w, x } from '../../../jit/isa/registers.ts'
import type { Reg } from '../mir.ts'
import type { Value } from '../ssa.ts'
import {
  type FunctionType,
  type Import,
  type Module,
  typeName,
  typeOfFunction,
  type ValueType,
} from '../wasm/module.ts'
import { MEMORY } from './convention.ts'
import { type Inline, inlineImport } from './imports.ts'
import type { AddressOperand } from './select-memory.ts'
import { constantOf, type Emission, type Selector } from './selector.ts'
import { TRAPS } from './traps.ts'

/** What an imported function becomes. */
export type Imported =
  | Inline
  /** SVC with the number in X8, arguments and results in X0 to X5; `wide` has all results written to memory. */
  | { readonly kind: 'svc'; readonly wide: boolean }
  /** A call through a pointer, the first argument. */
  | { readonly kind: 'pointer' }
  /** A call of a label. */
  | { readonly kind: 'label'; readonly label: Label }
  /** The end of the program: `brk` with the arguments in X0 to X3. */
  | { readonly kind: 'abort' }

const I64 = (count: number): ValueType[] => Array.from({ length: count }, () => 'i64')

const SVC: Record<string, { readonly wide: boolean; readonly type: FunctionType }> = {
  call: { wide: false, type: { params: I64(7), results: ['i64'] } },
  call6: { wide: true, type: { params: [...I64(7), 'i32'], results: [] } },
}

const ABORT: FunctionType = { params: ['i32', 'i32', 'i32', 'i32'], results: [] }

function expect(item: Import, type: FunctionType, expected: FunctionType): void {
  if (typeName(type) === typeName(expected)) return
  throw new Error(
    `Cannot compile the import "${item.module}.${item.name}" with type ${typeName(type)}: ` +
      `its type is ${typeName(expected)}`,
  )
}

/** Up to eight integers and one integer result go by registers alone, as AAPCS64 has them. */
function expectRegisters(item: Import, { params, results }: FunctionType): void {
  const isInteger = (type: ValueType) => type === 'i32' || type === 'i64'
  const most = item.module === 'fn64' ? 7 : 8
  if (params.length <= most && results.length <= 1 && [...params, ...results].every(isInteger)) {
    return
  }
  throw new Error(
    `Cannot compile the import "${item.module}.${item.name}" with type ` +
      `${typeName({ params, results })}: up to ${most} integers and one integer result are possible`,
  )
}

function importedOf(item: Import, type: FunctionType): Imported | undefined {
  const { module, name } = item
  if (module === 'svc') {
    const known = Object.hasOwn(SVC, name) ? SVC[name] : undefined
    if (known) expect(item, type, known.type)
    return known && { kind: 'svc', wide: known.wide }
  }
  if (module === 'fn64') {
    const [, count] = /^call([0-6])$/.exec(name) ?? []
    if (count === undefined) return undefined
    expect(item, type, { params: I64(Number(count) + 1), results: ['i64'] })
    return { kind: 'pointer' }
  }
  if (module === 'env' && name === 'abort') {
    expect(item, type, ABORT)
    return { kind: 'abort' }
  }
  const inline = inlineImport(module, name)
  if (inline) expect(item, type, inline)
  return inline
}

/**
 * What the imports of a module become, by the index of the function.
 *
 * @param labelOf names the label that an imported function is, if it is bound to one
 * @throws Error naming an import that nothing is known of, or one whose type differs
 */
export function bindImports(
  module: Module,
  labelOf: (item: Import, module: Module) => Label | undefined,
): readonly Imported[] {
  const bound: Imported[] = []
  for (const item of module.imports) {
    if (item.kind !== 'func') {
      throw new Error(
        `Cannot compile the import "${item.module}.${item.name}": only functions can be imported, not a ${item.kind}`,
      )
    }
    const index = bound.length
    const type = typeOfFunction(module, index)
    if (module.references.has(index)) {
      throw new Error(
        `Cannot compile the import "${item.module}.${item.name}": it is exported or used as a value, but has no address`,
      )
    }
    const label = labelOf(item, module)
    if (label !== undefined) expectRegisters(item, type)
    const imported =
      label === undefined ? importedOf(item, type) : ({ kind: 'label', label } as const)
    if (!imported) {
      throw new Error(
        `Cannot compile the import "${item.module}.${item.name}": no instruction and no routine has this name`,
      )
    }
    bound.push(imported)
  }
  return bound
}

/** The address of an access; a sum is part of it where its use here is the only one. */
function absoluteAddress(selector: Selector, value: Value, size: number): AddressOperand {
  if (value.op === 'i64.add' && selector.absorbs(value)) {
    const [a, b] = value.args as [Value, Value]
    const offset = constantOf(b)
    if (offset !== undefined && offset < 1n << 20n && a64.offsetFits(Number(offset), size)) {
      return { uses: [selector.use(a)], make: ([n]) => a64.at(x(n!), Number(offset)) }
    }
    if (offset === undefined) {
      const uses = [selector.use(a), selector.use(b)]
      return { uses, make: ([n, m]) => a64.indexed(x(n!), x(m!)) }
    }
  }
  return { uses: [selector.use(value)], make: ([n]) => a64.at(x(n!)) }
}

/** The number that is part of the instruction. */
function immediateOf(value: Value, limit: number, name: string): number {
  const constant = constantOf(value)
  if (constant !== undefined && constant <= BigInt(limit)) return Number(constant)
  throw new Error(`Cannot compile ${name}: its argument must be a constant from 0 to ${limit}`)
}

function selectInline(
  selector: Selector,
  imported: Inline,
  args: readonly Value[],
  results: readonly Reg[],
): void {
  const { limit, access, early, emit } = imported
  if (limit !== undefined) {
    const constant = immediateOf(args[0]!, limit, `a call in ${selector.fn.name}`)
    selector.put([], [], (out) => emit(out, [], a64.at(x(0)), constant))
    return
  }
  if (access === undefined) {
    const uses = args.map((arg) => selector.use(arg))
    selector.put(
      [...results],
      uses,
      (out, registers) => emit(out, registers, a64.at(x(0)), 0),
      early,
    )
    return
  }
  const [where, data] = args as [Value, Value | undefined]
  const isZero = data !== undefined && constantOf(data) === 0n
  const address = absoluteAddress(selector, where, access)
  const first = data === undefined || isZero ? [] : [selector.use(data)]
  selector.put([...results], [...first, ...address.uses], (out, registers) => {
    const place = address.make(isZero ? registers : registers.slice(1))
    emit(out, isZero ? [31] : registers, place, 0)
  })
}

/** Arguments to registers, an instruction that is a call, results from registers. */
function transfer(
  selector: Selector,
  args: readonly (readonly [Reg, Value])[],
  results: readonly (readonly [Reg, Reg])[],
  emit: Emission,
): void {
  const uses = args.map(([reg]) => reg)
  selector.move(
    uses,
    args.map(([, value]) => selector.useMoved(value)),
  )
  const defs = results.map(([, reg]) => reg)
  selector.call(defs, uses, emit)
  selector.move(
    results.map(([reg]) => reg),
    defs,
  )
}

const emitSystemCall: Emission = (out) => out.emit(a64.svc(0))

function selectSystemCall(
  selector: Selector,
  args: readonly Value[],
  result: Reg | undefined,
): void {
  const [number, ...rest] = args as [Value, ...Value[]]
  const passed = [[8, number] as const, ...rest.slice(0, 6).map((arg, i) => [i, arg] as const)]
  const where = rest[6]
  if (!where) {
    transfer(selector, passed, result === undefined ? [] : [[result, 0]], emitSystemCall)
    return
  }
  const held = I64(6).map((_, i) => [selector.temp('i64'), i] as const)
  transfer(selector, passed, held, emitSystemCall)
  const uses = [selector.use(where), ...held.map(([reg]) => reg)]
  selector.put([], uses, (out, [n, ...values]) => {
    out.emit(a64.add(x(16), x(MEMORY), a64.extended(w(n!), 'uxtw')))
    for (const i of [0, 2, 4]) {
      out.emit(a64.stp(x(values[i]!), x(values[i + 1]!), a64.at(x(16), 8 * i)))
    }
  })
}

/** Selects a call of an imported function. */
export function selectImport(
  selector: Selector,
  imported: Imported,
  value: Value,
  results: readonly (Value | undefined)[],
): void {
  const { args } = value
  const [result] = results
  const type = value.imm.type!.results[0]
  const into = result ? selector.registerOf(result) : undefined
  switch (imported.kind) {
    case 'inline': {
      const target = into ?? (type ? selector.temp(type === 'i64' ? 'i64' : 'i32') : undefined)
      selectInline(selector, imported, args, target === undefined ? [] : [target])
      return
    }
    case 'svc':
      selectSystemCall(selector, args, into)
      return
    case 'label': {
      const passed = args.map((arg, i) => [i, arg] as const)
      const { label } = imported
      transfer(selector, passed, into === undefined ? [] : [[into, 0]], (out) => {
        out.asm.bl(label)
      })
      return
    }
    case 'pointer': {
      const pointer = selector.use(args[0]!)
      const passed = args.slice(1).map((arg, i) => [i, arg] as const)
      const uses = passed.map(([reg]) => reg)
      selector.move(
        uses,
        passed.map(([, arg]) => selector.useMoved(arg)),
      )
      selector.call([0], [pointer, ...uses], (out, registers) =>
        out.emit(a64.blr(x(registers[1]!))),
      )
      if (into !== undefined) selector.move([into], [0])
      return
    }
    case 'abort':
      transfer(
        selector,
        args.map((arg, i) => [i, arg] as const),
        [],
        (out) => out.emit(a64.brk(TRAPS.abort.code)),
      )
  }
}
