/**
 * A region becomes a WebAssembly function: blocks are lowered, control flow is put into structured form by the dominator
 * tree (Ramsey, "Beyond Relooper", 2022), and loads, stores and side exits of registers are put where they are needed.
 *
 * The function takes (vCPU, depth, PC) and returns the PC to go on at; with bit 0 set, the interpreter executes the
 * instruction there first. All guest state is in memory then, MACH_LEFT included.
 */
import * as L from '../core/assembly/layout.ts'
import { Code } from './code.ts'
import {
  CALL_FIND_ENTRY,
  CALL_INTERPRET_ONE,
  CPU,
  DEPTH,
  Frame,
  NO_PAGE,
  PC,
  type VectorView,
} from './frame.ts'
import { FLAGS_DYNAMIC, type Flags, Lowering, type Registers, type SideExit } from './lowering.ts'
import {
  type Block,
  type Instruction,
  pageOf,
  type Region,
  type Structure,
  structure,
} from './region.ts'
import { analyse, type Effects, isSubset, type Liveness, union } from './registers.ts'
import { loweringOf } from './rows.ts'
import { FPCR_NOT_HOST, loadLimits } from './vectors.ts'
import { F32, F64, type FunctionBody, I32, I64, V128 } from './wasm.ts'

/** MACH_* fields are addressed from 0. */
const mach = (field: number) => L.MACH_BASE + field
const V128_LOAD = 0
const V128_STORE = 11
/** How many instructions a site's distance is shifted to make room for those not executed. */
const SITE_SHIFT = 11

/** What the translator knows of the core's records. */
export interface RecordLayout {
  /** Op of entries to translated code. */
  opEnter: number
  /** Place of the function in the core's table. */
  index: number
  /** The function of the same module whose entry is at this record: its number, and what the record holds. */
  callee(record: number): { fn: number; entry: bigint } | undefined
}

/** A side exit's code: which registers it stores. */
interface Tail {
  stores: Registers
}

const NOTHING: Registers = { x: 0, v: 0 }

type Label = { kind: 'loop' | 'block'; block: Block } | { kind: 'other' }

/** Translates one region. */
export function translateRegion(
  region: Region,
  views: readonly VectorView[],
  records: RecordLayout,
): FunctionBody {
  return new Translation(region, views, records).run()
}

class Translation {
  readonly #region: Region
  readonly #structure: Structure
  readonly #views: readonly VectorView[]
  readonly #records: RecordLayout
  #frame: Frame
  #lowered: Lowering[] = []
  #flagsIn: Flags['kind'][] = []
  #liveness: Liveness[] = []
  #tails: Tail[] = []
  /** Vector registers that are loaded anywhere. */
  #everLoaded = 0
  #out = new Code()
  #context: Label[] = []

  constructor(region: Region, views: readonly VectorView[], records: RecordLayout) {
    this.#region = region
    this.#structure = structure(region)
    this.#views = views
    this.#records = records
    this.#frame = new Frame(views)
  }

  get #blocks(): Block[] {
    return this.#region.blocks
  }

  run(): FunctionBody {
    this.#lowerAll()
    const effects = this.#blocks.map((block, i): Effects => {
      const lowered = this.#lowered[i]!
      return { needed: lowered.needed, written: lowered.written, synced: endsInCall(block) }
    })
    this.#liveness = analyse(this.#blocks, effects)
    for (const { loads } of this.#liveness) this.#everLoaded |= loads.v
    this.#chooseTails()
    this.#emit()
    return { locals: this.#frame.locals, code: this.#out.bytes }
  }

  // ---- lowering ----------------------------------------------------------------------------------------------------

  /** Lowers all blocks; again as long as what is known of the flags at their beginnings proves wrong. */
  #lowerAll(): void {
    const blocks = this.#blocks
    let incoming: (Flags['kind'] | undefined)[] = blocks.map(() => undefined)
    incoming[0] = L.FLAGS_STORED
    const meet = (i: number, kind: Flags['kind']) => {
      const edge = kind === 'conditional' ? FLAGS_DYNAMIC : kind
      incoming[i] = incoming[i] === undefined || incoming[i] === edge ? edge : FLAGS_DYNAMIC
    }
    // Forward edges alone first, then with the back edges that this gives.
    for (let round = 0; ; round++) {
      this.#frame = new Frame(this.#views)
      const used = incoming.slice()
      const next: (Flags['kind'] | undefined)[] = blocks.map(() => undefined)
      next[0] = L.FLAGS_STORED
      this.#lowered = blocks.map((block, i) => {
        used[i] ??= incoming[i] ?? L.FLAGS_STORED
        const lowered = this.#lower(block, { kind: used[i]! as number })
        const out = outgoing(block, lowered)
        for (const successor of block.successors) {
          if (!successor) continue
          if (round === 0 && successor.order > i) meet(successor.order, out)
          const edge = out === 'conditional' ? FLAGS_DYNAMIC : out
          const known = next[successor.order]
          next[successor.order] = known === undefined || known === edge ? edge : FLAGS_DYNAMIC
        }
        return lowered
      })
      this.#flagsIn = used.map((kind) => kind!)
      if (next.every((kind, i) => kind === used[i])) return
      // Dynamic never becomes known again, so that this ends.
      incoming = next.map((kind, i) =>
        round > 0 && used[i] === FLAGS_DYNAMIC ? FLAGS_DYNAMIC : kind,
      )
      if (round > 3)
        incoming = incoming.map((_, i) =>
          i === 0 && !this.#structure.isLoop[0] ? L.FLAGS_STORED : FLAGS_DYNAMIC,
        )
      if (round > 5) return
    }
  }

  #lower(block: Block, flags: Flags): Lowering {
    const b = new Lowering(this.#frame, flags, this.#structure.inLoop[block.order])
    block.instructions.forEach((instruction, i) => {
      b.done = i
      b.at = instruction.at
      this.#lowerOne(b, instruction)
    })
    b.done = block.instructions.length
    return b
  }

  #lowerOne(b: Lowering, { flow, row, word, at }: Instruction): void {
    switch (flow.kind) {
      case 'next':
        loweringOf(row)(b, word)
        return
      case 'jump':
        return
      case 'branch':
        branchCondition(b, row, word)
        return
      case 'call':
        b.pcRelative(4).setX(30)
        return
      case 'callIndirect':
      case 'indirect': {
        const target = this.#frame.named('target', I64)
        b.x((word >>> 5) & 31)
        b.code.tee(target).op('i32_wrap_i64').i32(3).op('i32_and')
        b.exitIf()
        if (flow.kind === 'callIndirect') b.pcRelative(4).setX(30)
        return
      }
      case 'leave':
        b.exit()
        return
      case 'step':
        // Made by the block's end; `at` says where.
        b.at = at
    }
  }

  // ---- side exits --------------------------------------------------------------------------------------------------

  /** Gives every side exit a tail that stores at least what is dirty there and at most what is known. */
  #chooseTails(): void {
    const blocks = this.#blocks
    // Before anything is loaded, on entry and after a call.
    this.#tailFor(NOTHING, NOTHING)
    for (const block of blocks) {
      const { dirty, valid } = this.#liveness[block.order]!
      if (this.#structure.isLoop[block.order]) this.#tailFor(dirty, valid)
      for (const exit of this.#lowered[block.order]!.exits) {
        this.#tailFor(union(dirty, exit.written), union(valid, union(exit.read, exit.written)))
      }
    }
  }

  #tailFor(dirty: Registers, valid: Registers): number {
    let index = this.#tails.findIndex(
      ({ stores }) => isSubset(dirty, stores) && isSubset(stores, valid),
    )
    if (index < 0) {
      // Registers nobody ever writes here need no store.
      let stores = valid
      let ever: Registers = { x: 0, v: 0 }
      for (const { written } of this.#lowered) ever = union(ever, written)
      stores = { x: stores.x & ever.x, v: stores.v & ever.v }
      index = this.#tails.length
      this.#tails.push({ stores })
    }
    return index
  }

  get #hasFlags(): boolean {
    return this.#frame.has('flagsA')
  }

  /** Jumps to the side exit's tail: to be called where the instruction `at` has not been executed. */
  #sideExit(at: number, undone: number, flags: Flags, tail: number, depth: number): void {
    const { frame } = { frame: this.#frame }
    this.#out.i32((at << SITE_SHIFT) | undone).set(frame.site)
    if (this.#hasFlags) this.#flagsForTail(flags)
    this.#out.br(depth + tail)
  }

  /** Sets flagsKind for a tail: -1 if memory has the flags. */
  #flagsForTail(flags: Flags): void {
    if (flags.kind === FLAGS_DYNAMIC) return
    if (flags.kind === 'conditional') this.#makeDynamic(flags)
    else this.#out.i32(flags.kind === L.FLAGS_STORED ? -1 : flags.kind).set(this.#frame.flagsKind)
  }

  #makeDynamic(flags: Flags & { kind: 'conditional' }): void {
    const { flagsKind, flagsA } = this.#frame
    this.#out.i32(flags.compared).i32(L.FLAGS_NZCV).get(flags.condition).op('select').set(flagsKind)
    this.#out.get(flagsA).i64(flags.nzcv).get(flags.condition).op('select').set(flagsA)
  }

  // ---- emission ----------------------------------------------------------------------------------------------------

  #emit(): void {
    const tails = this.#tails.length
    for (let i = 0; i < tails; i++) this.#open('block', { kind: 'other' })
    const body = this.#out
    this.#prologueMark = body.bytes.length
    this.#entryEdge()
    this.#tree(this.#blocks[0]!)
    this.#out.op('unreachable')
    for (const tail of this.#tails) {
      this.#close()
      this.#emitTail(tail)
    }
    this.#out.op('end')
    this.#insertPrologue()
  }

  #prologueMark = 0

  #open(name: 'block' | 'loop' | 'if', label: Label): void {
    this.#out.begin(name)
    this.#context.push(label)
  }

  #close(): void {
    this.#out.op('end')
    this.#context.pop()
  }

  /** What all uses of these locals rely on; inserted at the end, when it is known which are used. */
  #insertPrologue(): void {
    const frame = this.#frame
    const code = new Code()
    code
      .i32(0)
      .i32(1)
      .memory('i32_store8', L.USED_FLAGS + this.#records.index)
    code.get(PC).i64(~0xfffn).op('i64_and').set(frame.base)
    code.i32(0).memory('i32_load', mach(L.MACH_LEFT)).set(frame.left)
    for (const page of frame.pageLocals) code.i64(NO_PAGE).set(page)
    const field = (name: string, local: number, offset: number, load: 'i32_load' | 'i64_load') => {
      if (frame.has(name)) code.get(CPU).memory(load, offset).set(local)
    }
    if (frame.has('dtlb')) field('dtlb', frame.dtlb, L.CPU_DTLB, 'i32_load')
    if (frame.has('dtlbUnprivileged')) {
      field('dtlbUnprivileged', frame.dtlbUnprivileged, L.CPU_DTLB_UNPRIV, 'i32_load')
    }
    if (frame.has('itlb')) field('itlb', frame.itlb, L.CPU_ITLB, 'i32_load')
    if (frame.has('ctx')) field('ctx', frame.ctx, L.CPU_CTX, 'i64_load')
    if (frame.has('spMask')) field('spMask', frame.spMask, L.CPU_SP_MASK, 'i32_load')
    if (this.#lowered.some((b) => b.usesVectors)) {
      // Only where FP may execute and, for arithmetic, rounds as the host does: otherwise the interpreter does it.
      code.get(CPU).memory('i32_load', L.CPU_FP_TRAP)
      if (this.#lowered.some((b) => b.usesFp)) {
        code.get(CPU).memory('i32_load', L.CPU_FPCR).i32(FPCR_NOT_HOST).op('i32_and', 'i32_or')
      }
      code.begin('if').get(PC).i64(1).op('i64_or', 'return', 'end')
      loadLimits(code, frame)
    }
    this.#out.bytes.splice(this.#prologueMark, 0, ...code.bytes)
  }

  #entryEdge(): void {
    const loads = this.#liveness[0]!.loads
    this.#budget(this.#blocks[0]!, { kind: L.FLAGS_STORED }, NOTHING, NOTHING)
    this.#load(loads)
    this.#convertFlags({ kind: L.FLAGS_STORED }, this.#flagsIn[0]!)
  }

  /** Exits if the budget does not suffice to the next check. */
  #budget(block: Block, flags: Flags, dirty: Registers, valid: Registers): void {
    const frame = this.#frame
    this.#out.get(frame.left).i32(this.#longest(block)).op('i32_lt_s')
    this.#open('if', { kind: 'other' })
    const tail = this.#tailFor(dirty, valid)
    this.#sideExit(block.start, 0, flags, tail, this.#context.length - this.#tails.length)
    this.#close()
  }

  readonly #lengths = new Map<Block, number>()

  /** Most instructions executed from the beginning of a block until the next check of the budget. */
  #longest(block: Block): number {
    const known = this.#lengths.get(block)
    if (known !== undefined) return known
    let rest = 0
    if (!endsInCall(block)) {
      for (const successor of block.successors) {
        if (!successor || this.#structure.isLoop[successor.order] || successor.order <= block.order)
          continue
        rest = Math.max(rest, this.#longest(successor))
      }
    }
    const length = block.instructions.length + rest
    this.#lengths.set(block, length)
    return length
  }

  #tree(block: Block): void {
    const merges = this.#structure.dominated[block.order]!.filter(
      (child) => this.#structure.isMerge[child.order],
    )
    if (this.#structure.isLoop[block.order]) {
      this.#open('loop', { kind: 'loop', block })
      const { dirty, valid } = this.#liveness[block.order]!
      this.#budget(block, { kind: this.#flagsIn[block.order]! as number }, dirty, valid)
      this.#within(block, merges)
      this.#close()
    } else this.#within(block, merges)
  }

  /** Merge blocks follow the code that jumps to them, the last in order outermost. */
  #within(block: Block, merges: Block[]): void {
    const last = merges[merges.length - 1]
    if (!last) {
      this.#body(block)
      return
    }
    this.#open('block', { kind: 'block', block: last })
    this.#within(block, merges.slice(0, -1))
    this.#close()
    this.#tree(last)
  }

  #body(block: Block): void {
    const lowered = this.#lowered[block.order]!
    const { dirty, valid } = this.#liveness[block.order]!
    const out = this.#out
    const { left } = this.#frame
    const count = block.instructions.length
    out.get(left).i32(count).op('i32_sub').set(left)
    let at = 0
    for (const exit of lowered.exits) {
      out.append(lowered.code.bytes, at, exit.at)
      at = exit.at
      this.#blockExit(block, exit, dirty, valid)
    }
    out.append(lowered.code.bytes, at)
    this.#noteScalars(lowered.written)
    this.#end(block, lowered)
  }

  #blockExit(block: Block, exit: SideExit, dirty: Registers, valid: Registers): void {
    const tail = this.#tailFor(
      union(dirty, exit.written),
      union(valid, union(exit.read, exit.written)),
    )
    const depth = this.#context.length - this.#tails.length + exit.depth
    const at = block.instructions[exit.done]!.at
    const undone = block.instructions.length - exit.done
    if (exit.conditional) this.#out.begin('if')
    this.#noteScalars(exit.written)
    this.#sideExit(at, undone, exit.flags, tail, depth + (exit.conditional ? 1 : 0))
    if (exit.conditional) this.#out.op('end')
  }

  #end(block: Block, lowered: Lowering): void {
    const last = block.instructions[block.instructions.length - 1]!
    const { flags } = lowered
    switch (last.flow.kind) {
      case 'next':
      case 'jump':
        this.#edge(block, 0, flags)
        return
      case 'branch':
        this.#open('if', { kind: 'other' })
        this.#edge(block, 0, flags)
        this.#out.op('else')
        this.#edge(block, 1, flags)
        this.#close()
        this.#out.op('unreachable')
        return
      case 'indirect':
        this.#storeAll(block, flags)
        this.#out.get(this.#frame.named('target', I64)).op('return')
        return
      case 'call':
        this.#storeAll(block, flags)
        this.#call(block, last.flow.target)
        return
      case 'callIndirect':
        this.#storeAll(block, flags)
        this.#call(block, undefined)
        return
      case 'step':
        this.#storeAll(block, flags)
        this.#step(block, last)
        return
      case 'leave':
        // The side exit has left.
        return
    }
  }

  /** Everything in memory: registers written, flags, budget. */
  #storeAll(block: Block, flags: Flags): void {
    const { dirty } = this.#liveness[block.order]!
    const { written } = this.#lowered[block.order]!
    this.#store(union(dirty, written), written)
    this.#storeFlags(flags)
    this.#out.i32(0).get(this.#frame.left).memory('i32_store', mach(L.MACH_LEFT))
  }

  #storeFlags(flags: Flags): void {
    if (flags.kind === L.FLAGS_STORED) return
    const { flagsKind, flagsA, flagsB } = this.#frame
    const out = this.#out
    if (flags.kind === 'conditional') this.#makeDynamic(flags)
    out.get(CPU)
    if (typeof flags.kind === 'number' && flags.kind !== FLAGS_DYNAMIC) out.i32(flags.kind)
    else out.get(flagsKind)
    out.memory('i32_store', L.CPU_FLAGS_KIND)
    out.get(CPU).get(flagsA).memory('i64_store', L.CPU_FLAGS_A)
    const oneOperand =
      flags.kind === L.FLAGS_LOGIC_X ||
      flags.kind === L.FLAGS_LOGIC_W ||
      flags.kind === L.FLAGS_NZCV
    if (!oneOperand) out.get(CPU).get(flagsB).memory('i64_store', L.CPU_FLAGS_B)
  }

  /** Goes on at a successor, or leaves the region if it is not part of it. */
  #edge(block: Block, index: number, flags: Flags): void {
    const target = block.successors[index]
    const to = block.targets[index]!
    if (!target) {
      this.#exitTo(block, to, flags)
      return
    }
    this.#checkPage(block, to, flags)
    this.#convertFlags(flags, this.#flagsIn[target.order]!)
    this.#goto(block, target)
  }

  #goto(from: Block, target: Block): void {
    if (target.order <= from.order) this.#out.br(this.#labelOf('loop', target))
    else if (this.#structure.isMerge[target.order]) this.#out.br(this.#labelOf('block', target))
    else this.#tree(target)
  }

  #labelOf(kind: 'loop' | 'block', block: Block): number {
    for (let i = this.#context.length - 1; i >= 0; i--) {
      const label = this.#context[i]!
      if (label.kind === kind && label.block === block) return this.#context.length - 1 - i
    }
    throw new Error(`No ${kind} for the block at ${block.start}`)
  }

  /** Leaves the region for an address known relative to the entry's page. */
  #exitTo(block: Block, to: number, flags: Flags): void {
    this.#storeAll(block, flags)
    this.#pushPc(to)
    this.#out.op('return')
  }

  #pushPc(offset: number): void {
    this.#out.get(this.#frame.base).i64(offset).op('i64_add')
  }

  /** Before an edge to another page: leaves if that is not mapped as it was when this was translated. */
  #checkPage(block: Block, to: number, flags: Flags): void {
    const last = block.instructions[block.instructions.length - 1]!
    if (pageOf(to) === pageOf(last.at)) return
    this.#pushMapped(to)
    this.#out.op('i32_eqz')
    this.#open('if', { kind: 'other' })
    this.#exitTo(block, to, flags)
    this.#close()
  }

  /** Pushes an i32 that is not 0 if the instruction TLB maps the page of `to` to the record page it was found in. */
  #pushMapped(to: number): void {
    const { itlb, ctx, t64, entry } = this.#frame
    const out = this.#out
    this.#pushPc(pageOf(to) * 4096)
    out.i64(L.PAGE_SHIFT).op('i64_shr_s').tee(t64)
    out
      .op('i32_wrap_i64')
      .i32(L.ITLB_ENTRIES - 1)
      .op('i32_and')
      .i32(4)
      .op('i32_shl')
    out.get(itlb).op('i32_add').tee(entry).memory('i64_load')
    out.get(t64).get(ctx).op('i64_xor', 'i64_eq')
    out
      .get(entry)
      .memory('i32_load', 8)
      .i32(this.#region.pages.get(pageOf(to)) ?? 0)
      .op('i32_eq', 'i32_and')
  }

  #convertFlags(from: Flags, to: Flags['kind']): void {
    if (to !== FLAGS_DYNAMIC || from.kind === FLAGS_DYNAMIC) return
    const { flagsKind, flagsA, flagsB } = this.#frame
    if (from.kind === 'conditional') this.#makeDynamic(from)
    else if (from.kind === L.FLAGS_STORED) {
      this.#out.get(CPU).memory('i32_load', L.CPU_FLAGS_KIND).set(flagsKind)
      this.#out.get(CPU).memory('i64_load', L.CPU_FLAGS_A).set(flagsA)
      this.#out.get(CPU).memory('i64_load', L.CPU_FLAGS_B).set(flagsB)
    } else this.#out.i32(from.kind).set(flagsKind)
  }

  // ---- calls -------------------------------------------------------------------------------------------------------

  /** Calls the translated code at `to` (or at the local `target`) if there is any, and goes on if it returns here. */
  #call(block: Block, to: number | undefined): void {
    const frame = this.#frame
    const out = this.#out
    const target = frame.named('target', I64)
    const index = frame.named('index', I32)
    const here = pageOf(block.instructions[block.instructions.length - 1]!.at)
    if (to !== undefined) {
      this.#pushPc(to)
      out.set(target)
    }
    const giveUp = () => {
      out.begin('if').get(target).op('return', 'end')
    }
    out.get(DEPTH).op('i32_eqz')
    giveUp()
    const page = to === undefined ? undefined : this.#region.pages.get(pageOf(to))
    if (to === undefined || page === undefined) {
      out.get(CPU).get(target).call(CALL_FIND_ENTRY).tee(index).op('i32_eqz')
      giveUp()
      this.#callTable(index)
    } else {
      if (pageOf(to) !== here) {
        this.#pushMapped(to)
        out.op('i32_eqz')
        giveUp()
      }
      const record = page + ((to & 4095) << 1)
      const callee = this.#records.callee(record)
      if (callee) {
        // In the same module: called directly as long as its entry stands.
        out.i32(0).memory('i64_load', record).i64(callee.entry).op('i64_eq').begin('if', I64)
        out.get(CPU).get(DEPTH).i32(1).op('i32_sub').get(target).call(callee.fn)
        out.op('else')
      }
      out.i32(0).memory('i32_load16_u', record).i32(this.#records.opEnter).op('i32_ne')
      giveUp()
      out
        .i32(0)
        .memory('i32_load', record + 4)
        .set(index)
      this.#callTable(index)
      if (callee) out.op('end')
    }
    this.#returned(block)
  }

  /** Calls the function at the place of the table that the local `index` says. */
  #callTable(index: number): void {
    const { target } = { target: this.#frame.named('target', I64) }
    this.#out.get(CPU).get(DEPTH).i32(1).op('i32_sub').get(target).get(index).callIndirect(0)
  }

  /** After a call; the PC it returned is on the stack. */
  #returned(block: Block): void {
    const out = this.#out
    const { t64 } = this.#frame
    const to = block.targets[0]!
    out.tee(t64)
    this.#pushPc(to)
    out.op('i64_ne').begin('if').get(t64).op('return', 'end')
    this.#afterSync(block)
  }

  /** Executes the block's last instruction in the interpreter. */
  #step(block: Block, last: Instruction): void {
    const out = this.#out
    const page = this.#region.pages.get(pageOf(last.at))!
    out
      .get(CPU)
      .i32(page + ((last.at & 4095) << 1))
      .i32(page)
    this.#pushPc(last.at)
    out.call(CALL_INTERPRET_ONE)
    out.begin('if').get(CPU).memory('i64_load', L.CPU_PC).i64(1).op('i64_or', 'return', 'end')
    this.#afterSync(block)
  }

  /** All state is in memory: goes on at the block's successor. */
  #afterSync(block: Block): void {
    const out = this.#out
    const frame = this.#frame
    const next = block.successors[0]
    if (!next) {
      this.#pushPc(block.targets[0]!)
      out.op('return')
      return
    }
    out.i32(0).memory('i32_load', mach(L.MACH_LEFT)).set(frame.left)
    if (this.#hasScalars) out.i32(0).set(frame.scalars)
    loadLimits(out, frame)
    const stored: Flags = { kind: L.FLAGS_STORED }
    const { loads } = this.#liveness[next.order]!
    if (pageOf(next.start) !== pageOf(block.instructions[block.instructions.length - 1]!.at)) {
      this.#pushMapped(next.start)
      out.op('i32_eqz').begin('if')
      this.#pushPc(next.start)
      out.op('return', 'end')
    }
    this.#budget(next, stored, NOTHING, NOTHING)
    this.#load(loads)
    this.#convertFlags(stored, this.#flagsIn[next.order]!)
    this.#goto(block, next)
  }

  // ---- registers ---------------------------------------------------------------------------------------------------

  #load(set: Registers): void {
    const out = this.#out
    const frame = this.#frame
    eachBit(set.x, (n) => {
      out
        .get(CPU)
        .memory('i64_load', L.CPU_X + n * 8)
        .set(frame.x(n))
    })
    eachBit(set.v, (n) => {
      const view = frame.views[n]
      out.get(CPU)
      if (view === F64) out.memory('f64_load', L.CPU_V + n * 16)
      else if (view === F32) out.memory('f32_load', L.CPU_V + n * 16)
      else out.simdMemory(V128_LOAD, L.CPU_V + n * 16)
      out.set(frame.v(n))
    })
  }

  /** Whether any register held as a scalar is written. */
  get #hasScalars(): boolean {
    const { views } = this.#frame
    return this.#lowered.some(({ written }) =>
      views.some((view, n) => view !== V128 && (written.v >>> n) & 1),
    )
  }

  /** Notes that scalars were written: their upper parts are zero from now on. */
  #noteScalars({ v }: Registers): void {
    let scalars = 0
    eachBit(v, (n) => {
      if (this.#frame.views[n] !== V128) scalars |= 1 << n
    })
    if (!scalars) return
    const local = this.#frame.scalars
    this.#out.get(local).i32(scalars).op('i32_or').set(local)
  }

  /** Stores registers; those of `written` were certainly written since they were in memory. */
  #store(set: Registers, written = NOTHING): void {
    const out = this.#out
    const frame = this.#frame
    eachBit(set.x, (n) => {
      out
        .get(CPU)
        .get(frame.x(n))
        .memory('i64_store', L.CPU_X + n * 8)
    })
    eachBit(set.v, (n) => {
      const view = frame.views[n]
      const at = L.CPU_V + n * 16
      if (view === V128) {
        out.get(CPU).get(frame.v(n)).simdMemory(V128_STORE, at)
        return
      }
      // A scalar result clears the rest of its register; one that was not written leaves it.
      const certain = ((written.v | ~this.#everLoaded) >>> n) & 1
      if (!certain)
        out
          .get(frame.scalars)
          .i32(1 << n)
          .op('i32_and')
          .begin('if')
      out.get(CPU)
      if (view === F32) out.i64(0).memory('i64_store', at).get(CPU)
      out.get(frame.v(n)).memory(view === F64 ? 'f64_store' : 'f32_store', at)
      out
        .get(CPU)
        .i64(0)
        .memory('i64_store', at + 8)
      if (!certain) out.op('end')
    })
  }

  #emitTail({ stores }: Tail): void {
    const out = this.#out
    const frame = this.#frame
    this.#store(stores)
    if (this.#hasFlags) {
      out.get(frame.flagsKind).i32(0).op('i32_ge_s').begin('if')
      this.#storeFlags({ kind: FLAGS_DYNAMIC })
      out.op('end')
    }
    out
      .i32(0)
      .get(frame.left)
      .get(frame.site)
      .i32((1 << SITE_SHIFT) - 1)
      .op('i32_and', 'i32_add')
    out.memory('i32_store', mach(L.MACH_LEFT))
    out
      .get(frame.base)
      .get(frame.site)
      .i32(SITE_SHIFT)
      .op('i32_shr_s', 'i64_extend_i32_s', 'i64_add')
    out.i64(1).op('i64_or', 'return')
  }
}

/** Whether all registers are in memory at the end of the block, and what follows must load them. */
function endsInCall(block: Block): boolean {
  const { kind } = block.instructions[block.instructions.length - 1]!.flow
  return kind === 'call' || kind === 'callIndirect' || kind === 'step'
}

function outgoing(block: Block, lowered: Lowering): Flags['kind'] {
  return endsInCall(block) ? L.FLAGS_STORED : lowered.flags.kind
}

function eachBit(set: number, visit: (n: number) => void): void {
  for (let n = 0; n < 32; n++) if ((set >>> n) & 1) visit(n)
}

/** Pushes whether a conditional branch is taken. */
function branchCondition(b: Lowering, row: string, w: number): void {
  const { code } = b
  switch (row) {
    case 'CBZ':
    case 'CBNZ':
      if (w >>> 31) {
        b.x(w & 31)
        if (row === 'CBZ') code.op('i64_eqz')
        else code.i64(0).op('i64_ne')
      } else {
        b.w(w & 31)
        if (row === 'CBZ') code.op('i32_eqz')
      }
      return
    case 'TBZ':
    case 'TBNZ': {
      const bit = ((w >>> 31) << 5) | ((w >>> 19) & 31)
      b.x(w & 31)
      code.i64(1n << BigInt(bit)).op('i64_and')
      if (row === 'TBZ') code.op('i64_eqz')
      else code.i64(0).op('i64_ne')
      return
    }
    default:
      b.condition(w & 15)
  }
}
