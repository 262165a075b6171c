/**
 * The passes over SSA: removal of needless phis, branches on conditions made of several (`thread.ts`), common values (with loop invariants moved out), dead code.
 *
 * Each requires a graph of reachable blocks and leaves one; argument lists are free of replaced values afterwards.
 */

import { simplifyPhi } from './build.ts'
import { fold } from './fold.ts'
import {
  applyForwards,
  type Block,
  countUses,
  type Graph,
  hasEffect,
  isCommon,
  type Loop,
  resolve,
  Value,
} from './ssa.ts'
import { threadBranches } from './thread.ts'

/** Runs them all, in order. */
export function optimise(graph: Graph): void {
  removePhis(graph)
  threadBranches(graph)
  removePhis(graph)
  commonValues(graph)
  removePhis(graph)
  removeDead(graph)
}

/** Removes phis of one value, until there are none. */
export function removePhis(graph: Graph): void {
  for (let changed = true; changed; ) {
    changed = false
    for (const block of graph.blocks) {
      for (const value of block.values) {
        if (value.op !== 'phi' || value.forward) continue
        simplifyPhi(value)
        changed ||= value.forward !== undefined
      }
    }
  }
  applyForwards(graph)
}

/** The immediate dominator of each block, by id (Cooper, Harvey, Kennedy 2001); the entry's is itself. */
export function dominators(graph: Graph): Block[] {
  const order = reversePostorder(graph)
  const place: number[] = []
  for (const [i, block] of order.entries()) place[block.id] = i
  const idom: Block[] = []
  idom[order[0]!.id] = order[0]!
  const meet = (left: Block, right: Block): Block => {
    let [a, b] = [left, right]
    while (a !== b) {
      while (place[a.id]! > place[b.id]!) a = idom[a.id]!
      while (place[b.id]! > place[a.id]!) b = idom[b.id]!
    }
    return a
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const block of order.slice(1)) {
      const known = block.predecessors.filter(({ id }) => idom[id])
      const dominator = known.reduce(meet)
      if (idom[block.id] === dominator) continue
      idom[block.id] = dominator
      changed = true
    }
  }
  return idom
}

function reversePostorder(graph: Graph): Block[] {
  const seen = new Set<Block>()
  const order: Block[] = []
  const stack: { block: Block; next: number }[] = []
  const visit = (block: Block) => {
    if (seen.has(block)) return
    seen.add(block)
    stack.push({ block, next: 0 })
  }
  visit(graph.blocks[0]!)
  while (stack.length > 0) {
    const top = stack.at(-1)!
    const target = top.block.terminator.targets[top.next++]
    if (target) visit(target)
    else order.push(stack.pop()!.block)
  }
  return order.reverse()
}

/** When a walk of the dominator tree enters and leaves each block, by id: a block dominates those visited in between. */
interface Visits {
  /** In the order of the walk, each block after its dominator. */
  readonly order: readonly Block[]
  readonly enters: readonly number[]
  readonly leaves: readonly number[]
}

function visitsOf(graph: Graph): Visits {
  const idom = dominators(graph)
  const children = new Map<Block, Block[]>()
  for (const block of graph.blocks.slice(1)) {
    const siblings = children.get(idom[block.id]!)
    if (siblings) siblings.push(block)
    else children.set(idom[block.id]!, [block])
  }
  const order: Block[] = []
  const [enters, leaves]: [number[], number[]] = [[], []]
  const pending: (Block | { left: Block })[] = [graph.blocks[0]!]
  while (pending.length > 0) {
    const item = pending.pop()!
    if ('left' in item) {
      leaves[item.left.id] = order.length
      continue
    }
    enters[item.id] = order.length
    order.push(item)
    pending.push({ left: item }, ...(children.get(item) ?? []))
  }
  return { order, enters, leaves }
}

function keyOf({ op, type, args, imm }: Value): string {
  const ids = args.map(({ id }) => id).join()
  return `${op} ${type} ${ids} ${imm.bits ?? ''} ${imm.index ?? ''} ${imm.second ?? ''} ${imm.lanes ?? ''}`
}

/** True if the block lies in the loop. */
function isIn(block: Block, loop: Loop): boolean {
  for (let at = block.loop; at; at = at.parent) if (at === loop) return true
  return false
}

/** Comparisons stay beside their branches, with which they make one instruction. */
const STAYS = /\.(eqz|eq|ne|[lg][te](_[su])?)$/

/** The block to which a value without effect may move: out of all loops in which its arguments do not change. */
function placeOf(value: Value, block: Block): Block {
  let place = block
  if (hasEffect(value) || STAYS.test(value.op) || value.op === 'const') return place
  for (let loop = block.loop; loop; loop = loop.parent) {
    const inside = loop
    if (value.args.some((arg) => arg.op !== 'const' && isIn(arg.block, inside))) break
    place = loop.preheader
  }
  return place
}

/** Replaces values by equal ones that dominate them, after simplification; moves invariants out of loops. */
function commonValues(graph: Graph): void {
  const { order, enters, leaves } = visitsOf(graph)
  const known = new Map<string, Value[]>()
  // Blocks are visited so that what does not dominate the current one will dominate none that follows.
  const lookup = (from: Block, key: string): Value | undefined => {
    const candidates = known.get(key)
    while (candidates && candidates.length > 0) {
      const value = candidates.at(-1)!
      const { id } = value.block
      if (enters[id]! <= enters[from.id]! && enters[from.id]! < leaves[id]!) return value
      candidates.pop()
    }
    return undefined
  }
  const add = (value: Value, block: Block): Value => {
    const simpler = fold(value, (op, type, args, imm = {}) =>
      add(new Value(graph.valueCount++, op, type, args, imm, block, value.at), block),
    )
    if (simpler) return simpler
    const place = isCommon(value) ? placeOf(value, block) : block
    if (isCommon(value)) {
      const key = keyOf(value)
      const equal = lookup(block, key)
      if (equal) return equal
      const candidates = known.get(key)
      if (candidates) candidates.push(value)
      else known.set(key, [value])
    }
    value.block = place
    place.values.push(value)
    return value
  }
  for (const block of order) {
    const values = block.values
    block.values = values.filter(({ op }) => op === 'phi')
    for (const value of values) {
      if (value.op === 'phi') continue
      value.args = value.args.map(resolve)
      const kept = add(value, block)
      if (kept !== value) value.forward = kept
    }
  }
  applyForwards(graph)
}

/** Removes values that nobody needs, cycles of phis among them. */
function removeDead(graph: Graph): void {
  const live = new Set<Value>()
  const pending: Value[] = []
  const mark = (value: Value) => {
    if (live.has(value)) return
    live.add(value)
    pending.push(value)
  }
  for (const block of graph.blocks) {
    for (const value of block.values) if (hasEffect(value)) mark(value)
    for (const arg of block.terminator.args) mark(arg)
  }
  while (pending.length > 0) for (const arg of pending.pop()!.args) mark(arg)
  for (const block of graph.blocks) {
    block.values = block.values.filter((value) => live.has(value))
  }
  countUses(graph)
}
