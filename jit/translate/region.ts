/**
 * A region: the blocks of guest code that become one WebAssembly function, found from a hot address by following direct
 * branches.
 *
 * Positions are byte offsets from the virtual page of the entry, so that the same code serves every virtual address its
 * physical page is mapped at. Other pages belong to a region only by the mapping that was seen; edges that lead there say
 * so, and are checked at run time. Only instructions that were executed before are followed: what never ran is an exit.
 */

/** How an instruction ends a block, or that it does not. */
export type Flow =
  | { kind: 'next' }
  /** Unconditional direct branch. */
  | { kind: 'jump'; target: number }
  /** Conditional direct branch. */
  | { kind: 'branch'; target: number }
  /** Direct call: returns to the next instruction if the callee does. */
  | { kind: 'call'; target: number }
  /** BLR. */
  | { kind: 'callIndirect' }
  /** BR and RET. */
  | { kind: 'indirect' }
  /** One instruction by the interpreter, which then goes on with the next. */
  | { kind: 'step' }
  /** Left to the interpreter for good: exceptions, context changes, waiting. */
  | { kind: 'leave' }

export interface Instruction {
  /** Byte offset from the entry's page. */
  at: number
  word: number
  /** Row id of jit/isa's table; '' if the word is unallocated. */
  row: string
  flow: Flow
}

export interface Block {
  /** Offset of the first instruction. */
  start: number
  instructions: Instruction[]
  /** Blocks this one continues at; the order is [taken, not taken] for a branch. Undefined entries are exits. */
  successors: (Block | undefined)[]
  /** Where the successors are, also those outside of the region. */
  targets: number[]
  /** Position in reverse postorder. */
  order: number
}

export interface Region {
  /** Offset of the entry. */
  entry: number
  /** In reverse postorder; the entry is the first. */
  blocks: Block[]
  /** Record pages of the code and of what it calls, by page number relative to the entry's page. */
  pages: ReadonlyMap<number, number>
}

/** What the builder reads guest code through. */
export interface CodeSource {
  /** Record page of the page `relative` pages after the entry's as the vCPU would fetch it now, or 0. */
  page(relative: number): number
  /** The instruction at byte `offset` of a record page. */
  word(page: number, offset: number): number
  /** Whether it was executed before. */
  executed(page: number, offset: number): boolean
  /** Row id of jit/isa's table; '' if the word is unallocated. */
  row(word: number): string
  /** How this row, which stands at byte `offset` of a record page, is to be translated. */
  classify(row: string, word: number, page: number, offset: number): 'inline' | 'step' | 'leave'
}

export interface Limits {
  /** Instructions of a region. */
  instructions: number
  /** Instructions of a block: a side exit's distance must fit its encoding. */
  block: number
  /** How far from the entry's page, in pages. */
  pages: number
}

export const LIMITS: Limits = { instructions: 600, block: 500, pages: 64 }

function signExtend(value: number, bits: number): number {
  return (value << (32 - bits)) >> (32 - bits)
}

function flowOf(
  row: string,
  word: number,
  at: number,
  classify: () => 'inline' | 'step' | 'leave',
): Flow {
  switch (row) {
    case 'B':
      return { kind: 'jump', target: at + (signExtend(word, 26) << 2) }
    case 'BL':
      return { kind: 'call', target: at + (signExtend(word, 26) << 2) }
    case 'B_cond':
      if ((word & 15) >= 14) return { kind: 'jump', target: at + (signExtend(word >> 5, 19) << 2) }
      return { kind: 'branch', target: at + (signExtend(word >> 5, 19) << 2) }
    case 'CBZ':
    case 'CBNZ':
      return { kind: 'branch', target: at + (signExtend(word >> 5, 19) << 2) }
    case 'TBZ':
    case 'TBNZ':
      return { kind: 'branch', target: at + (signExtend(word >> 5, 14) << 2) }
    case 'BLR':
      return { kind: 'callIndirect' }
    case 'BR':
    case 'RET':
      return { kind: 'indirect' }
  }
  const how = classify()
  return { kind: how === 'inline' ? 'next' : how }
}

/** Offset of the page a position lies in, in pages, and its byte offset there. */
export function pageOf(at: number): number {
  return at >> 12
}

/** Finds the region that starts at `entry`, an offset within page 0; undefined if its first instruction is not for it. */
export function findRegion(entry: number, source: CodeSource, limits = LIMITS): Region | undefined {
  const instructions = new Map<number, Instruction>()
  const pages = new Map<number, number>()
  const leaders = new Set<number>([entry])
  const work = [entry]

  const pageAt = (number: number): number => {
    const known = pages.get(number)
    if (known) return known
    const page = source.page(number)
    if (page) pages.set(number, page)
    return page
  }
  const fetch = (at: number): Instruction | undefined => {
    const known = instructions.get(at)
    if (known) return known
    if (instructions.size >= limits.instructions) return undefined
    if (Math.abs(pageOf(at)) > limits.pages) return undefined
    const page = pageAt(pageOf(at))
    if (!page) return undefined
    const offset = at & 4095
    if (at !== entry && !source.executed(page, offset)) return undefined
    const word = source.word(page, offset)
    const row = source.row(word)
    const flow = flowOf(row, word, at, () => source.classify(row, word, page, offset))
    const instruction = { at, word, row, flow }
    instructions.set(at, instruction)
    return instruction
  }

  // Breadth first, so that what is near the entry is in if the limit cuts.
  for (let i = 0; i < work.length; i++) {
    let at = work[i]!
    for (let n = 0; ; n++) {
      if (instructions.has(at)) {
        // A branch into code already found: where its target starts a block, this one ends.
        if (at !== work[i]) leaders.add(at)
        break
      }
      if (n > 0 && n >= limits.block) {
        leaders.add(at)
        work.push(at)
        break
      }
      const instruction = fetch(at)
      if (!instruction) break
      const { flow } = instruction
      if (flow.kind === 'call') pageAt(pageOf(flow.target))
      if (flow.kind === 'next') {
        at += 4
        if ((at & 4095) === 0) {
          leaders.add(at)
          work.push(at)
          break
        }
        continue
      }
      if (flow.kind === 'jump' || flow.kind === 'branch') {
        leaders.add(flow.target)
        work.push(flow.target)
      }
      if (flow.kind !== 'jump' && flow.kind !== 'indirect' && flow.kind !== 'leave') {
        leaders.add(at + 4)
        work.push(at + 4)
      }
      break
    }
  }
  if ((instructions.get(entry)?.flow.kind ?? 'leave') === 'leave') return undefined

  const blocks = new Map<number, Block>()
  for (const start of leaders) {
    if (!instructions.has(start)) continue
    blocks.set(start, { start, instructions: [], successors: [], targets: [], order: -1 })
  }
  for (const block of blocks.values()) {
    for (let at = block.start; ; at += 4) {
      const instruction = instructions.get(at)
      if (!instruction || (at !== block.start && leaders.has(at))) {
        block.targets = [at]
        break
      }
      block.instructions.push(instruction)
      const { flow } = instruction
      if (flow.kind === 'next') continue
      if (flow.kind === 'jump') block.targets = [flow.target]
      else if (flow.kind === 'branch') block.targets = [flow.target, at + 4]
      else if (flow.kind !== 'indirect' && flow.kind !== 'leave') block.targets = [at + 4]
      break
    }
    block.successors = block.targets.map((target) => blocks.get(target))
  }
  return { entry, blocks: order(blocks.get(entry)!), pages }
}

/** Blocks reachable from `entry` in reverse postorder, numbered. */
function order(entry: Block): Block[] {
  const post: Block[] = []
  const seen = new Set<Block>([entry])
  const stack: { block: Block; next: number }[] = [{ block: entry, next: 0 }]
  while (stack.length) {
    const top = stack[stack.length - 1]!
    if (top.next < top.block.successors.length) {
      const successor = top.block.successors[top.next++]
      if (successor && !seen.has(successor)) {
        seen.add(successor)
        stack.push({ block: successor, next: 0 })
      }
      continue
    }
    post.push(top.block)
    stack.pop()
  }
  post.reverse()
  post.forEach((block, i) => {
    block.order = i
  })
  return post
}

export interface Structure {
  /** Immediate dominator of each block but the entry, by order. */
  dominator: (Block | undefined)[]
  /** Blocks immediately dominated, by order, ascending. */
  dominated: Block[][]
  isLoop: boolean[]
  /** Whether the block is part of any loop. */
  inLoop: boolean[]
  /** Whether more than one forward edge leads there. */
  isMerge: boolean[]
}

/**
 * Dominators and loops. Edges that would make control flow irreducible become exits, which is always correct: the target
 * may be an entry of its own.
 */
export function structure(region: Region): Structure {
  while (true) {
    const dominator = dominators(region.blocks)
    let cut = false
    for (const block of region.blocks) {
      block.successors.forEach((successor, i) => {
        if (!successor || successor.order > block.order) return
        if (!dominates(dominator, successor, block)) {
          block.successors[i] = undefined
          cut = true
        }
      })
    }
    if (!cut) return describe(region.blocks, dominator)
    region.blocks = order(region.blocks[0]!)
  }
}

function describe(blocks: Block[], dominator: (Block | undefined)[]): Structure {
  const dominated: Block[][] = blocks.map(() => [])
  const forward = new Array<number>(blocks.length).fill(0)
  const isLoop = new Array<boolean>(blocks.length).fill(false)
  for (const block of blocks) {
    const parent = dominator[block.order]
    if (parent) dominated[parent.order]!.push(block)
    for (const successor of block.successors) {
      if (!successor) continue
      if (successor.order <= block.order) isLoop[successor.order] = true
      else forward[successor.order]!++
    }
  }
  const inLoop = loopMembers(blocks)
  return { dominator, dominated, isLoop, inLoop, isMerge: forward.map((n) => n > 1) }
}

/** Blocks from which a back edge's source is reached without leaving its target's loop. */
function loopMembers(blocks: Block[]): boolean[] {
  const member = new Array<boolean>(blocks.length).fill(false)
  const predecessors: Block[][] = blocks.map(() => [])
  for (const block of blocks) {
    for (const successor of block.successors)
      if (successor) predecessors[successor.order]!.push(block)
  }
  for (const block of blocks) {
    for (const header of block.successors) {
      if (!header || header.order > block.order) continue
      const seen = new Set<Block>([header])
      const work = [block]
      for (let at = work.pop(); at; at = work.pop()) {
        if (seen.has(at)) continue
        seen.add(at)
        work.push(...predecessors[at.order]!)
      }
      for (const one of seen) member[one.order] = true
    }
  }
  return member
}

/** Immediate dominators by order, after Cooper, Harvey and Kennedy. */
function dominators(blocks: Block[]): (Block | undefined)[] {
  const result: (number | undefined)[] = blocks.map(() => undefined)
  const predecessors: number[][] = blocks.map(() => [])
  for (const block of blocks) {
    for (const successor of block.successors) {
      if (successor) predecessors[successor.order]!.push(block.order)
    }
  }
  result[0] = 0
  const intersect = (a: number, b: number) => {
    let x = a
    let y = b
    while (x !== y) {
      while (x > y) x = result[x]!
      while (y > x) y = result[y]!
    }
    return x
  }
  for (let changed = true; changed; ) {
    changed = false
    for (let i = 1; i < blocks.length; i++) {
      let found: number | undefined
      for (const p of predecessors[i]!) {
        if (result[p] === undefined) continue
        found = found === undefined ? p : intersect(found, p)
      }
      if (found !== result[i]) {
        result[i] = found
        changed = true
      }
    }
  }
  return result.map((n, i) => (i === 0 || n === undefined ? undefined : blocks[n]))
}

function dominates(dominator: (Block | undefined)[], a: Block, b: Block): boolean {
  let at: Block | undefined = b
  while (at && at.order > a.order) at = dominator[at.order]
  return at === a
}
