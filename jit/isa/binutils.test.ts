import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../test/tools/debian.ts'
import { assemble } from './assemble.ts'
import { decode } from './decode.ts'
import { disassemble } from './disassemble.ts'
import { PRINTED_DIFFERENTLY, STRICTER, UNMODELLED } from './oracles.ts'
import { rows } from './rows.ts'
import { random32, randomWord } from './testing.ts'

const available = need('binutils-aarch64-linux-gnu')
const directory = mkdtempSync(join(tmpdir(), 'isa-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Extensions of the rows that GNU as does not enable by an architecture level. */
const MARCH =
  'armv8.7-a+crypto+sha3+sm4+fp16fml+rcpc+dotprod+bf16+i8mm+profile+rng+memtag+flagm+pauth+sb+ssbs'

function run(...command: string[]): string {
  const { stdout, stderr, exitCode } = Bun.spawnSync(command)
  if (exitCode !== 0) throw new Error(`${command.join(' ')} failed:\n${stderr.toString()}`)
  return stdout.toString()
}

/** What objdump prints for each word, at addresses from 0 up; comments removed. */
async function objdump(words: readonly number[]): Promise<string[]> {
  const file = join(directory, 'words.bin')
  await Bun.write(file, new Uint32Array(words))
  const lines: string[] = []
  const text = run('aarch64-linux-gnu-objdump', '-D', '-z', '-b', 'binary', '-maarch64', file)
  for (const line of text.split('\n')) {
    const match = /^\s*[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$/.exec(line)
    if (match) lines.push(match[1]!.replace(/ ; undefined$|\s*\/\/.*$/, ''))
  }
  if (lines.length !== words.length) throw new Error('objdump printed another number of lines')
  return lines
}

/** Random words of every row, and the same with one bit flipped, which often leaves the row. */
function rowWords(perRow: number, flips: number): number[] {
  const random = random32(5)
  return rows.flatMap((row) => [
    ...Array.from({ length: perRow }, () => randomWord(row, random)),
    ...Array.from(
      { length: flips },
      () => (randomWord(row, random) ^ (1 << (random() & 31))) >>> 0,
    ),
  ])
}

function randomWords(count: number): number[] {
  const random = random32(6)
  return Array.from({ length: count }, random)
}

interface Difference {
  readonly word: string
  readonly row: string | undefined
  readonly ours: string
  readonly theirs: string
}

/** Differences that no entry of `oracles.ts` explains. */
async function differences(words: readonly number[]): Promise<Difference[]> {
  const printed = await objdump(words)
  const found: Difference[] = []
  for (const [i, word] of words.entries()) {
    const theirs = printed[i]!
    const row = decode(word)
    const undefinedThere = theirs.startsWith('.inst')
    const ours = disassemble(word, BigInt(4 * i))
    // binutils takes should-be bits for fixed ones; the manual decodes without them.
    if (row && (word & row.shouldMask) >>> 0 !== row.should) continue
    if (!row) {
      if (undefinedThere || UNMODELLED.some(({ matches }) => matches(word, theirs))) continue
    } else if (undefinedThere) {
      if (row.isUnpredictable(word) && (word & row.shouldMask) >>> 0 !== row.should) continue
      if (row.id in STRICTER && row.isUnpredictable(word)) continue
    } else if (ours === theirs || row.id in PRINTED_DIFFERENTLY) {
      continue
    }
    found.push({ word: word.toString(16), row: row?.id, ours, theirs })
  }
  return found
}

describe.skipIf(!available)('binutils', () => {
  test('objdump calls the same words defined and prints the same text, on every row', async () => {
    expect(await differences(rowWords(20, 20))).toEqual([])
  })

  test('objdump agrees on random words', async () => {
    expect(await differences(randomWords(100_000))).toEqual([])
  })

  test('objdump agrees on all moves of logical immediates', async () => {
    const words = Array.from({ length: 16384 }, (_, i) => {
      return (((i >> 13) << 31) | 0x320003e5 | ((i & 0x1fff) << 10)) >>> 0
    })
    expect(await differences(words)).toEqual([])
  })

  test('objdump prints exceptions of this list as it says', async () => {
    const printed = await objdump([0xd500489f, 0xd508751f])
    expect(printed).toEqual(['msr\ts0_0_c4_c8_4, xzr', 'ic\tiallu'])
  })

  test('GNU as makes the same words of the text', async () => {
    const random = random32(8)
    const lines: string[] = []
    const expected: number[] = []
    for (const row of rows) {
      // Branch targets are relocations to as; exceptions to printing are exceptions to reading.
      if (/<label|<adr/.test(row.asm) || row.id in PRINTED_DIFFERENTLY) continue
      for (let i = 0; i < 5; i++) {
        const word = randomWord(row, random)
        if (row.isUnpredictable(word)) continue
        const text = disassemble(word)
        lines.push(text)
        expected.push(assemble(text))
      }
    }
    const source = join(directory, 'text.s')
    const object = join(directory, 'text.o')
    const binary = join(directory, 'text.bin')
    await Bun.write(source, `${lines.join('\n')}\n`)
    run('aarch64-linux-gnu-as', `-march=${MARCH}`, '-o', object, source)
    run('aarch64-linux-gnu-objcopy', '-O', 'binary', object, binary)
    const words = new Uint32Array(await Bun.file(binary).arrayBuffer())
    expect(words.length).toBe(expected.length)
    const wrong = lines.filter((_, i) => words[i] !== expected[i])
    expect(wrong).toEqual([])
  })
})
