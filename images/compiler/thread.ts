/**
 * Conditions that are put together by control flow (`a && b`): a block that only branches on a phi of its own is passed
 * over; each predecessor branches on what it would have handed over.
 *
 * Requires a graph without needless phis; leaves unreachable blocks out.
 */

import { type Block, countUses, type Graph, resolve, type Terminator, type Value } from './ssa.ts'

/** Passes over all blocks that only choose. */
export function threadBranches(graph: Graph): void {
  countUses(graph)
  for (const block of graph.blocks) {
    const choice = choiceOf(block)
    if (choice) bypass(block, choice)
  }
  removeUnreachable(graph)
}

/** Removes blocks that cannot be reached, with the edges from them. */
function removeUnreachable(graph: Graph): void {
  const reached = new Set<Block>()
  const pending = [graph.blocks[0]!]
  while (pending.length > 0) {
    const block = pending.pop()!
    if (reached.has(block)) continue
    reached.add(block)
    pending.push(...block.terminator.targets)
  }
  graph.blocks = graph.blocks.filter((block) => reached.has(block))
  for (const block of graph.blocks) {
    const kept = block.predecessors.map((predecessor) => reached.has(predecessor))
    if (kept.every(Boolean)) continue
    block.predecessors = block.predecessors.filter((_, i) => kept[i])
    for (const value of block.values) {
      if (value.op === 'phi') value.args = value.args.filter((_, i) => kept[i])
    }
  }
}

interface Choice {
  readonly phi: Value
  /** Where to go if the phi is not zero, and if it is. */
  readonly targets: readonly [Block, Block]
}

/** What the block chooses by, if it does nothing else. */
function choiceOf(block: Block): Choice | undefined {
  const { values, terminator } = block
  const [phi, test] = values
  if (terminator.kind !== 'branch' || phi?.op !== 'phi' || phi.uses !== 1) return undefined
  if (block.loop?.header === block || terminator.targets.includes(block)) return undefined
  const [yes, no] = terminator.targets as [Block, Block]
  if (block.predecessors.some(({ terminator: { kind } }) => kind !== 'jump')) return undefined
  if (values.length === 1 && terminator.args[0] === phi) return { phi, targets: [yes, no] }
  const inverts = values.length === 2 && test!.op === 'i32.eqz' && test!.args[0] === phi
  if (!inverts || test!.uses !== 1 || terminator.args[0] !== test) return undefined
  return { phi, targets: [no, yes] }
}

function bypass(block: Block, { phi, targets }: Choice): void {
  for (const [i, predecessor] of block.predecessors.entries()) {
    const condition = resolve(phi.args[i]!)
    predecessor.terminator = terminatorFor(condition, targets)
    predecessor.at = block.at
    for (const target of predecessor.terminator.targets) {
      const place = target.predecessors.indexOf(block)
      for (const value of target.values) {
        if (value.op === 'phi') value.args.push(value.args[place]!)
      }
      target.predecessors.push(predecessor)
    }
  }
  for (const target of targets) {
    const place = target.predecessors.indexOf(block)
    target.predecessors.splice(place, 1)
    for (const value of target.values) if (value.op === 'phi') value.args.splice(place, 1)
  }
  block.predecessors = []
  block.values = []
  block.terminator = { kind: 'unreachable', args: [], targets: [] }
}

function terminatorFor(condition: Value, targets: readonly [Block, Block]): Terminator {
  if (condition.op !== 'const') return { kind: 'branch', args: [condition], targets: [...targets] }
  const target = condition.imm.bits === 0n ? targets[1] : targets[0]
  return { kind: 'jump', args: [], targets: [target] }
}
