/**
 * SSA to machine instructions on virtual registers.
 *
 * Requires use counts; splits edges from blocks with several successors to blocks with several predecessors, so that the
 * moves which phis stand for have a place.
 */

import * as a64 from '../../../jit/isa/instructions.ts'
import { w, x } from '../../../jit/isa/registers.ts'
import {
  type End,
  type Instruction,
  isFloat,
  type MachineBlock,
  type MachineFunction,
} from '../mir.ts'
import { Block, type Graph, hasEffect, type Loop, typeOf, type Value } from '../ssa.ts'
import { branchOn } from './condition.ts'
import { placesOf } from './convention.ts'
import { type Callees, loadCells, type Results, selectCall, storeCells } from './select-call.ts'
import { selectFloat, selectFloatChoice } from './select-float.ts'
import { selectChoice, selectInteger } from './select-integer.ts'
import { selectMemory } from './select-memory.ts'
import { selectVector } from './select-vector.ts'
import { Selector } from './selector.ts'

/** Selects instructions for a function. */
export function select(graph: Graph, callees: Callees): MachineFunction {
  splitEdges(graph)
  const fn: MachineFunction = {
    name: graph.name,
    at: graph.at,
    blocks: [],
    types: [],
    outgoing: 0,
    calls: false,
  }
  const machine = new Map<Block, MachineBlock>()
  for (const block of graph.blocks) {
    machine.set(block, {
      id: block.id,
      depth: block.loop?.depth ?? 0,
      instructions: [],
      end: { kind: 'trap', uses: [], targets: [], at: block.at },
      predecessors: [],
      loop: undefined,
    })
  }
  const selection = new Selection(graph, fn, callees, machine)
  for (const block of [...graph.blocks].reverse()) selection.block(block)
  fn.blocks = [...machine.values()]
  for (const block of fn.blocks) {
    for (const target of new Set(block.end.targets)) target.predecessors.push(block)
  }
  collectLoops(graph, machine)
  return fn
}

/** Gives the headers of loops the sets of their blocks. */
function collectLoops(graph: Graph, machine: ReadonlyMap<Block, MachineBlock>): void {
  for (const block of graph.blocks) {
    for (let loop = block.loop; loop; loop = loop.parent) {
      const header = machine.get(loop.header)!
      header.loop ??= new Set()
      header.loop.add(machine.get(block)!)
    }
  }
}

/** The loop both blocks are in. */
function commonLoop(a: Block, b: Block): Loop | undefined {
  let [left, right] = [a.loop, b.loop]
  while (left !== right) {
    if ((left?.depth ?? 0) >= (right?.depth ?? 0)) left = left!.parent
    else right = right!.parent
  }
  return left
}

function splitEdges(graph: Graph): void {
  const blocks: Block[] = []
  for (const block of graph.blocks) {
    blocks.push(block)
    const { targets } = block.terminator
    if (new Set(targets).size < 2) continue
    for (const target of new Set(targets)) {
      if (target.predecessors.length < 2) continue
      const edge = new Block(graph.blockCount++, commonLoop(block, target))
      edge.at = block.at
      edge.predecessors = [block]
      edge.terminator = { kind: 'jump', args: [], targets: [target] }
      target.predecessors[target.predecessors.indexOf(block)] = edge
      block.terminator.targets = block.terminator.targets.map((one) =>
        one === target ? edge : one,
      )
      blocks.push(edge)
    }
  }
  graph.blocks = blocks
}

const SPECIAL = new Set(['phi', 'param', 'result', 'const'])

class Selection {
  readonly #selector: Selector
  readonly #results: Results
  readonly #params: Value[] = []

  constructor(
    readonly graph: Graph,
    readonly fn: MachineFunction,
    readonly callees: Callees,
    readonly machine: ReadonlyMap<Block, MachineBlock>,
  ) {
    this.#selector = new Selector(fn)
    const results = new Map<Value, Value[]>()
    for (const block of graph.blocks) {
      for (const value of block.values) {
        if (value.op === 'param') this.#params[value.imm.index!] = value
        if (value.op !== 'result') continue
        const list = results.get(value.args[0]!) ?? []
        list[value.imm.index!] = value
        results.set(value.args[0]!, list)
      }
    }
    this.#results = results
  }

  /** Selects a block; those it dominates must have been selected. */
  block(block: Block): void {
    const selector = this.#selector
    const target = this.machine.get(block)!
    const groups: Instruction[][] = []
    selector.block = block
    const take = () => {
      groups.push(selector.group)
      selector.group = []
    }
    selector.locate(block.at)
    target.end = this.#end(block)
    selector.group.unshift(...selector.hoistedTo(block))
    take()
    for (const value of [...block.values].reverse()) {
      if (SPECIAL.has(value.op)) continue
      if (!selector.isNeeded(value) && !hasEffect(value)) continue
      selector.locate(value.at)
      this.#value(value)
      take()
    }
    if (block === this.graph.blocks[0]) {
      this.#prologue()
      take()
    }
    target.instructions = groups.reverse().flat()
  }

  /** Takes the parameters over. */
  #prologue(): void {
    const types = this.graph.type.params.map(typeOf)
    const places = placesOf(types)
    const wanted = types.map((_, i) => {
      const param = this.#params[i]
      return param && this.#selector.isNeeded(param) ? this.#selector.registerOf(param) : undefined
    })
    const moves = places.flatMap((place, i) =>
      'register' in place && wanted[i] !== undefined ? [[wanted[i]!, place.register] as const] : [],
    )
    this.#selector.move(
      moves.map(([to]) => to),
      moves.map(([, from]) => from),
    )
    const onStack = places.map((place, i) =>
      'cell' in place && wanted[i] !== undefined ? place : { register: 0 },
    )
    loadCells(
      this.#selector,
      onStack,
      wanted.map((reg) => reg ?? 0),
      types,
      true,
    )
  }

  #value(value: Value): void {
    const selector = this.#selector
    if (value.op === 'select') {
      if (isFloat(value.type!)) selectFloatChoice(selector, value)
      else selectChoice(selector, value)
      return
    }
    const done =
      selectMemory(selector, value, this.callees.layout) ||
      selectCall(selector, value, this.callees, this.#results) ||
      selectInteger(selector, value) ||
      selectFloat(selector, value) ||
      selectVector(selector, value)
    if (!done) throw new Error(`Cannot select instructions for ${value.op}: it is not known`)
  }

  /** The end of a block; moves for phis come before it. */
  #end(block: Block): End {
    const { at } = block
    const { kind, args, targets } = block.terminator
    const to = targets.map((target) => this.machine.get(target)!)
    const selector = this.#selector
    switch (kind) {
      case 'jump':
        this.#phis(block, targets[0]!)
        return { kind: 'jump', uses: [], targets: to, at }
      case 'branch': {
        if (targets[0] === targets[1]) {
          return { kind: 'jump', uses: [], targets: [to[0]!], at }
        }
        const branch = branchOn(selector, args[0]!)
        return { kind: 'branch', ...branch, targets: to, at }
      }
      case 'switch':
        return this.#switch(args[0]!, to, at)
      case 'return':
        return this.#return(args, at)
      case 'unreachable':
        return { kind: 'trap', uses: [], targets: [], at }
    }
  }

  #phis(from: Block, to: Block): void {
    const place = to.predecessors.indexOf(from)
    const phis = to.values.filter(({ op }) => op === 'phi')
    const selector = this.#selector
    selector.move(
      phis.map((phi) => selector.registerOf(phi)),
      phis.map((phi) => selector.useMoved(phi.args[place]!)),
    )
  }

  #return(args: readonly Value[], at: number): End {
    const selector = this.#selector
    const places = placesOf(args.map(({ type }) => type!))
    storeCells(selector, places, args, true)
    const moved = places.flatMap((place, i) =>
      'register' in place ? [[place.register, args[i]!] as const] : [],
    )
    const uses = moved.map(([reg]) => reg)
    selector.move(
      uses,
      moved.map(([, arg]) => selector.useMoved(arg)),
    )
    return { kind: 'return', uses, targets: [], at }
  }

  /** A table of branches, behind a check of the index. */
  #switch(index: Value, targets: MachineBlock[], at: number): End {
    const count = targets.length - 1
    const use = this.#selector.use(index)
    return {
      kind: 'switch',
      uses: [use],
      targets,
      at,
      emit: (out, [n], labels) => {
        if (count <= 3) {
          for (let i = 0; i < count; i++) {
            if (i === 0) out.branchZero(w(n!), true, labels[0]!)
            else {
              out.emit(a64.cmp(w(n!), i))
              out.branch('eq', labels[i]!)
            }
          }
          out.asm.b(labels[count]!)
          return
        }
        const table = out.asm.newLabel()
        if (a64.fitsArithmetic(count)) out.emit(a64.cmp(w(n!), count))
        else out.emit(...a64.loadConstant(w(16), BigInt(count)), a64.cmp(w(n!), w(16)))
        out.branch('hs', labels[count]!)
        out.asm.adr(x(16), table)
        out.emit(a64.add(x(16), x(16), a64.extended(w(n!), 'uxtw', 2)), a64.br(x(16)))
        out.asm.label(table)
        for (let i = 0; i < count; i++) out.asm.b(labels[i]!)
      },
    }
  }
}
