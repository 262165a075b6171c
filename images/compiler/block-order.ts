/** The order of blocks in the text: empty ones are left out, and loops that test at their top test at their bottom. */

import type { MachineBlock, MachineFunction } from './mir.ts'

export interface BlockOrder {
  readonly blocks: readonly MachineBlock[]
  /** Where a jump to a block goes in the end. */
  readonly targetOf: (block: MachineBlock) => MachineBlock
}

/** @param isEmpty true for blocks whose instructions come to nothing */
export function orderBlocks(
  fn: MachineFunction,
  isEmpty: (block: MachineBlock) => boolean,
): BlockOrder {
  const forwards = new Map<MachineBlock, MachineBlock>()
  const entry = fn.blocks[0]
  for (const block of fn.blocks) {
    const [target] = block.end.targets
    if (block !== entry && block.end.kind === 'jump' && target !== block && isEmpty(block)) {
      forwards.set(block, target!)
    }
  }
  const targetOf = (block: MachineBlock): MachineBlock => {
    const seen = new Set<MachineBlock>()
    let at = block
    while (forwards.has(at) && !seen.has(at)) {
      seen.add(at)
      at = forwards.get(at)!
    }
    return at
  }
  // A circle of empty blocks is an endless loop, which must stay.
  for (const block of fn.blocks) if (forwards.has(targetOf(block))) forwards.delete(targetOf(block))
  const blocks = fn.blocks.filter((block) => !forwards.has(block))
  for (const header of fn.blocks) if (header.loop) rotate(blocks, header, targetOf)
  return { blocks, targetOf }
}

/**
 * Moves a header that may leave its loop behind the block which jumps back to it, so that each turn takes one branch.
 */
function rotate(
  blocks: MachineBlock[],
  header: MachineBlock,
  targetOf: (block: MachineBlock) => MachineBlock,
): void {
  const loop = header.loop!
  const leaves = header.end.targets.filter((target) => !loop.has(targetOf(target)))
  if (header.end.kind !== 'branch' || leaves.length !== 1) return
  const place = blocks.indexOf(header)
  let last = place
  for (let i = place; i < blocks.length && loop.has(blocks[i]!); i++) last = i
  const latch = blocks[last]!
  if (place <= 0 || last === place || latch.end.kind !== 'jump') return
  if (targetOf(latch.end.targets[0]!) !== header) return
  blocks.splice(last + 1, 0, header)
  blocks.splice(place, 1)
}
