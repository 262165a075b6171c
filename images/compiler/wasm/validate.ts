/**
 * Whether a module is valid: indices exist, types agree (core specification 2.0, section 3), with the algorithm of its
 * appendix "Validation Algorithm". What passes can be compiled without further checks.
 */

import type { Constant, Limits } from './module.ts'
import { type Module, typeOfFunction, type ValueType } from './module.ts'
import { ModuleError, Reader } from './reader.ts'
import { BodyValidator } from './validate-body.ts'

const MAX_PAGES = 65536

function fail(message: string, offset = 0): never {
  throw new ModuleError(message, offset)
}

function need<T>(list: readonly T[], index: number, what: string): T {
  return list[index] ?? fail(`There is no ${what} ${index}: the module has ${list.length}`)
}

function checkLimits({ min, max }: Limits, most: number, what: string): void {
  if (min > most || (max !== undefined && max > most)) fail(`A ${what} may have ${most} at most`)
  if (max !== undefined && max < min) fail(`A ${what} has maximum ${max} below minimum ${min}`)
}

function checkConstant(
  module: Module,
  constant: Constant,
  expected: ValueType,
  what: string,
): void {
  const type = typeOfConstant(module, constant)
  if (type !== expected) fail(`${what} is of type ${type}, ${expected} is needed`)
}

function typeOfConstant(module: Module, constant: Constant): ValueType {
  if (constant.kind === 'function') {
    need(module.functions, constant.index, 'function')
    return 'funcref'
  }
  if (constant.kind !== 'global') return constant.type
  const global = need(module.globals, constant.index, 'global')
  if (constant.index >= module.importedGlobals || global.mutable) {
    fail(`Global ${constant.index} is no imported constant, as constant expressions need`)
  }
  return global.type
}

function checkSegments(module: Module): void {
  for (const { type, mode, table, offset, items } of module.elements) {
    for (const item of items) checkConstant(module, item, type, 'An element')
    if (mode !== 'active') continue
    const { element } = need(module.tables, table, 'table')
    if (element !== type) fail(`Elements of type ${type} do not fit a table of ${element}`)
    checkConstant(module, offset!, 'i32', "An element segment's offset")
  }
  for (const { mode, memory, offset } of module.data) {
    if (mode !== 'active') continue
    need(module.memories, memory, 'memory')
    checkConstant(module, offset!, 'i32', "A data segment's offset")
  }
}

function checkExports(module: Module): void {
  const spaces = {
    func: module.functions,
    table: module.tables,
    memory: module.memories,
    global: module.globals,
  }
  const names = new Set<string>()
  for (const { name, kind, index } of module.exports) {
    if (names.has(name)) fail(`Two exports are named "${name}"`)
    names.add(name)
    need<unknown>(spaces[kind], index, kind)
  }
}

/**
 * Checks a module.
 *
 * @throws ModuleError saying what is not valid, and at which byte if it is an instruction
 */
export function validate(module: Module): void {
  for (const type of module.functions) need(module.types, type, 'type')
  for (const table of module.tables) checkLimits(table, 2 ** 32 - 1, 'table')
  for (const memory of module.memories) checkLimits(memory, MAX_PAGES, 'memory')
  if (module.memories.length > 1) fail('There may be one memory only')
  for (const { init, type } of module.globals) {
    if (init) checkConstant(module, init, type, "A global's initial value")
  }
  checkExports(module)
  if (module.start !== undefined) {
    need(module.functions, module.start, 'function')
    const { params, results } = typeOfFunction(module, module.start)
    if (params.length + results.length > 0) fail('The start function takes or gives values')
  }
  checkSegments(module)
  for (const [i, { start, end }] of module.bodies.entries()) {
    const index = module.importedFunctions + i
    try {
      new BodyValidator(module, index, new Reader(module.bytes, start, end)).run()
    } catch (error) {
      if (!(error instanceof ModuleError)) throw error
      const name = module.names.get(index) ?? `${index}`
      throw new ModuleError(`Function ${name}: ${error.problem}`, error.offset)
    }
  }
}
