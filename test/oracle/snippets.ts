/**
 * Random snippets of A64 code that end by themselves, the same for the same seed.
 *
 * A snippet is a list of groups: an instruction of a row of the table with what prepares its operands. Branches go
 * forwards, to the start of another group. Operands that the architecture calls CONSTRAINED UNPREDICTABLE are left out,
 * and so are instructions that only make sense at a higher exception level.
 */
import { type Row, rows } from '../../jit/isa/rows.ts'
import { random32, randomWord } from '../../jit/isa/testing.ts'
import { access, field, moveTo, withField } from './addressing.ts'
import { testedRows } from './fp/cases.ts'
import { deviations } from './fp/deviations.ts'
import { fpcr, fpsr, lanes64 } from './fp/values.ts'
import {
  BATCH,
  type Batch,
  CODE,
  END,
  FPCR,
  FPSR,
  MEMORY,
  NZCV,
  PC,
  RECORD_BYTES,
  SLOT_BYTES,
  SP,
  V,
  WINDOW,
  WINDOW_BYTES,
  X,
} from './record.ts'
import { integer, type Random } from './values.ts'

/** Features of rows that no model of the core has. */
const MISSING = new Set([
  'pauth',
  'flagm2',
  'wfxt',
  'xs',
  'bf16',
  'i8mm',
  'fhm',
  'sha512',
  'sha3',
  'sm3',
  'sm4',
])
/** Branches that a snippet can follow; the rest of the group are exceptions and returns from them. */
const BRANCHES = /^(B|BL|B_cond|CBN?Z|TBN?Z|BR|BLR|RET)$/
const SYSTEM = /^(HINT|CLREX|DSB|DMB|ISB|SB|CFINV)$/

const available = rows.filter((row) => !MISSING.has(row.feature))
const deviating = new Set(deviations.map(({ row }) => row))

/** The rows of each kind of group, and how often the kind comes. */
const KINDS = [
  { kind: 'plain', weight: 8, rows: available.filter(({ group }) => group === 'int') },
  { kind: 'access', weight: 7, rows: available.filter(({ group }) => group.endsWith('ldst')) },
  { kind: 'branch', weight: 2, rows: available.filter(({ id }) => BRANCHES.test(id)) },
  { kind: 'plain', weight: 2, rows: testedRows.filter(({ id }) => !deviating.has(id)) },
  { kind: 'system', weight: 1, rows: available.filter(({ id }) => SYSTEM.test(id)) },
] as const
const WEIGHTS = KINDS.flatMap((kind) => Array<(typeof KINDS)[number]>(kind.weight).fill(kind))

/** Every row that snippets are made of. */
export const snippetRows: readonly Row[] = KINDS.flatMap((kind) => kind.rows)

const CLREX = 0xd503_3f5f
/** B over two words. */
const JUMP_POOL = 0x1400_0003

/** Words of a snippet; a branch's target is a number of groups further on, filled in when all have their place. */
interface Group {
  readonly words: number[]
  readonly branch?: { readonly row: Row; readonly skip: number }
}

const LIMIT = SLOT_BYTES / 4 - 1
const MOST_GROUPS = 12
/** The longest group is an exclusive pair with its preparation. */
const MOST_WORDS = 14

/** Numbers and operands of the instructions of a snippet. */
class Maker {
  /** Rows are gone round, so that each has its share however few snippets are made. */
  private readonly turns = new Map<unknown, number>()

  constructor(private readonly random: Random) {}

  private word(row: Row): number {
    for (;;) {
      const word = randomWord(row, this.random)
      if (!row.isUnpredictable(word)) return word
    }
  }

  group(): Group {
    const { random } = this
    const kind = WEIGHTS[random() % WEIGHTS.length]!
    const turn = this.turns.get(kind) ?? random() % kind.rows.length
    this.turns.set(kind, (turn + 1) % kind.rows.length)
    const row = kind.rows[turn]!
    if (kind.kind === 'access') return { words: this.access(row) }
    if (kind.kind === 'branch') return this.branch(row)
    if (kind.kind === 'system') return { words: this.system(row) }
    return { words: [this.word(row)] }
  }

  private access(row: Row): number[] {
    const { random } = this
    let word = this.word(row)
    if (row.id.endsWith('_lit')) {
      // A pool of two words that are no instructions, jumped over; the load reaches it, the jump or itself.
      const pool = [random() & 0xffff, random() & 0xffff]
      return [JUMP_POOL, ...pool, withField(row, word, 'imm19', -(random() % 4))]
    }
    // An index that is also the base has no value that hits the window.
    while (
      field(row, word, 'option') !== undefined &&
      ((word >>> 16) & 31) === ((word >>> 5) & 31)
    ) {
      word = this.word(row)
    }
    if (/^STL?X[RP]/.test(row.id)) return this.storeExclusive(row, word)
    if (/^CASP?[BH]?$/.test(row.id)) return this.compareAndSwap(row, word)
    return access(row, word, random)
  }

  /** A store-exclusive, mostly after the load-exclusive that belongs to it. */
  private storeExclusive(row: Row, word: number): number[] {
    const { random } = this
    if (random() % 4 === 0) {
      // Whether a store that fails anyway is checked for alignment is IMPLEMENTATION DEFINED.
      const aligned = WINDOW + 16 * (random() % (WINDOW_BYTES / 16))
      return [CLREX, ...access(row, word, random, aligned)]
    }
    const store = access(row, word, random)
    const n = (word >>> 5) & 31
    let t = random() % 31
    let t2 = random() % 31
    while (t === n) t = random() % 31
    while (t2 === n || t2 === t) t2 = random() % 31
    const pair = (word >>> 21) & 1
    const fixed = (word & 0xffe0_83e0) | 0x0040_0000 | (31 << 16)
    const load = (fixed | ((pair ? t2 : 31) << 10) | t) >>> 0
    // The base must be prepared before both; the registers loaded are none of its.
    return [...store.slice(0, -1), load, word]
  }

  /** A compare-and-swap, half of them after a load of what it compares with. */
  private compareAndSwap(row: Row, word: number): number[] {
    const { random } = this
    const all = access(row, word, random)
    const s = (word >>> 16) & 31
    const n = (word >>> 5) & 31
    if (random() & 1 || s === n || (s === 30 && row.id === 'CASP') || s === 31) return all
    if (row.id !== 'CASP') {
      const load = (word & 0xc000_0000) | 0x3940_0000 | (n << 5) | s
      return [...all.slice(0, -1), load >>> 0, word]
    }
    if (s + 1 === n) return all
    const pair = ((word & 0x4000_0000) << 1) | 0x2940_0000 | ((s + 1) << 10) | (n << 5) | s
    return [...all.slice(0, -1), pair >>> 0, word]
  }

  private branch(row: Row): Group {
    const branch = { row, skip: 1 + (this.random() % 4) }
    let word = this.word(row)
    if (!/^(BR|BLR|RET)$/.test(row.id)) return { words: [word], branch }
    while (((word >>> 5) & 31) === 31) word = this.word(row)
    return { words: [0, word], branch }
  }

  private system(row: Row): number[] {
    const { random } = this
    switch (random() % 4) {
      case 0:
        // MRS of NZCV, FPCR or FPSR.
        return [([0xd53b_4200, 0xd53b_4400, 0xd53b_4420][random() % 3]! | (random() % 32)) >>> 0]
      case 1:
        return this.writeRegister()
    }
    for (;;) {
      const word = this.word(row)
      const hint = (word >>> 5) & 0x7f
      // WFE, WFI and YIELD ask for other vCPUs; SEV and SEVL are for those that wait.
      if (row.id !== 'HINT' || hint === 0 || hint > 5) return [word]
    }
  }

  /** MSR of NZCV, FPCR or FPSR, with a value that has a meaning. */
  private writeRegister(): number[] {
    const { random } = this
    const t = random() % 31
    switch (random() % 3) {
      case 0:
        return [...moveTo(t, (random() & 15) * 2 ** 28), (0xd51b_4200 | t) >>> 0]
      case 1:
        return [...moveTo(t, fpcr(random)), (0xd51b_4400 | t) >>> 0]
      default:
        return [...moveTo(t, fpsr(random)), (0xd51b_4420 | t) >>> 0]
    }
  }
}

/** The branch at `at` with its target at `to`, both numbers of words. */
function resolve(row: Row, words: number[], at: number, to: number): void {
  const distance = to - at
  if (words.length === 2) {
    const n = (words[1]! >>> 5) & 31
    const bytes = distance * 4
    words[0] = (0x1000_0000 | ((bytes & 3) << 29) | (((bytes >> 2) & 0x7ffff) << 5) | n) >>> 0
    return
  }
  const name = ['imm26', 'imm19', 'imm14'].find((n) => field(row, words[0]!, n) !== undefined)!
  words[0] = withField(row, words[0]!, name, distance)
}

/** The words of a snippet from its groups, the end included. */
function layOut(groups: Group[]): number[] {
  const starts: number[] = []
  let at = 0
  for (const { words } of groups) {
    starts.push(at)
    at += words.length
  }
  groups.forEach(({ words, branch }, i) => {
    if (!branch) return
    resolve(branch.row, words, starts[i]!, starts[i + branch.skip] ?? at)
  })
  return [...groups.flatMap(({ words }) => words), END]
}

/** What snippet `index` of a batch starts with. */
function fill(record: DataView, at: number, index: number, random: Random): void {
  for (let i = 0; i < 31; i++) record.setBigUint64(at + X + 8 * i, integer(random), true)
  record.setBigUint64(at + SP, BigInt(WINDOW + ((random() % WINDOW_BYTES) & ~15)), true)
  record.setBigUint64(at + PC, BigInt(CODE + index * SLOT_BYTES), true)
  record.setUint32(at + NZCV, (random() & 0xf000_0000) >>> 0, true)
  record.setUint32(at + FPCR, fpcr(random), true)
  record.setUint32(at + FPSR, fpsr(random), true)
  for (let i = 0; i < 64; i++) {
    record.setBigUint64(at + V + 8 * i, lanes64(random, random() % 4), true)
  }
  for (let i = 0; i < WINDOW_BYTES; i += 4) record.setUint32(at + MEMORY + i, random(), true)
}

/** A batch of `count` snippets, at most BATCH. Returns the number of instructions of the table in it, too. */
export function makeBatch(count: number, seed: number): Batch & { readonly instructions: number } {
  if (count > BATCH) throw new RangeError(`Cannot make ${count} snippets: a batch has ${BATCH}`)
  const random = random32(seed)
  for (let i = 0; i < 16; i++) random()
  const maker = new Maker(random)
  const code = new Uint32Array((count * SLOT_BYTES) / 4)
  const records = new Uint8Array(count * RECORD_BYTES)
  const view = new DataView(records.buffer)
  let instructions = 0
  for (let i = 0; i < count; i++) {
    const groups: Group[] = []
    const wanted = 1 + (random() % MOST_GROUPS)
    for (let words = 0; groups.length < wanted && words + MOST_WORDS < LIMIT; ) {
      const group = maker.group()
      words += group.words.length
      groups.push(group)
    }
    code.set(layOut(groups), (i * SLOT_BYTES) / 4)
    instructions += groups.length
    fill(view, i * RECORD_BYTES, i, random)
  }
  return { code, records, count, instructions }
}

/** The snippet at `index` of a batch, as words up to its end. */
export function snippet(batch: Batch, index: number): number[] {
  const words = [...batch.code.subarray((index * SLOT_BYTES) / 4, ((index + 1) * SLOT_BYTES) / 4)]
  return words.slice(0, words.indexOf(END) + 1)
}

/** A batch of one: snippet `index`, ended before word `words`. */
export function shortened(batch: Batch, index: number, words: number): Batch {
  const code = batch.code.slice(0, ((index + 1) * SLOT_BYTES) / 4)
  code.fill(END, (index * SLOT_BYTES) / 4 + words)
  const at = index * RECORD_BYTES
  return { code, records: batch.records.slice(at, at + RECORD_BYTES), count: 1 }
}
