import { expect, test } from 'bun:test'
import { Capstone, Const, loadCapstone } from 'capstone-wasm'
import { decode } from './decode.ts'
import { disassemble } from './disassemble.ts'
import {
  CAPSTONE_DIFFERS,
  HINTS_UNKNOWN_TO_CAPSTONE,
  UNKNOWN_TO_CAPSTONE,
  UNMODELLED,
} from './oracles.ts'
import { rows } from './rows.ts'
import { random32, randomWord } from './testing.ts'

await loadCapstone()
const capstone = new Capstone(Const.CS_ARCH_ARM64, Const.CS_MODE_LITTLE_ENDIAN)
const PC = 0x4000_0000n

function theirs(word: number): string | undefined {
  const bytes = new Uint8Array(new Uint32Array([word]).buffer)
  try {
    const [instruction] = capstone.disasm(bytes, { address: PC, count: 1 })
    return instruction && `${instruction.mnemonic} ${instruction.opStr}`
  } catch {
    return undefined
  }
}

const INTEGER = /(?<![\w.])-?(?:0x[0-9a-f]+|\d+)(?![\w.])/g
const FLOAT = /-?\d+\.\d*(?:e[+-]\d+)?/g
const RANGE = /\{v(\d+)\.(\w+)-v\d+\.\w+\}/g

function bigint(text: string): bigint {
  return text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text)
}

/** Numbers in decimal modulo the register's width, lists written out, one name for each condition, no spaces. */
function normalise(printed: string): string {
  const text = HINTS_UNKNOWN_TO_CAPSTONE[printed] ?? printed
  const width = /\tmov\tw|^mov\s+w/.test(text) ? 32 : 64
  return text
    .toLowerCase()
    .replaceAll('#', '')
    .replaceAll(RANGE, (range, first: string, element: string) => {
      const count = Number(/-v(\d+)/.exec(range)![1]) - Number(first) + 1
      const names = Array.from({ length: count }, (_, i) => `v${Number(first) + i}.${element}`)
      return `{${names.join(', ')}}`
    })
    .replaceAll(INTEGER, (number) => BigInt.asUintN(width, bigint(number)).toString())
    .replaceAll(FLOAT, (number) => String(Number(number)))
    .replaceAll(/\bhs\b/g, 'cs')
    .replaceAll(/\blo\b/g, 'cc')
    .replace(/^dsb\s+0$/, 'ssbb')
    .replace(/^dsb\s+4$/, 'pssbb')
    .replaceAll(/\s+/g, '')
}

/** Differences that no entry of `oracles.ts` explains. */
function differences(words: readonly number[]): string[] {
  const found: string[] = []
  for (const word of words) {
    const row = decode(word)
    const text = theirs(word)
    if (!row) {
      if (text === undefined || UNMODELLED.some(({ matches }) => matches(word, text))) continue
    } else {
      if (UNKNOWN_TO_CAPSTONE.has(row.feature) || row.id in CAPSTONE_DIFFERS) continue
      if (row.isUnpredictable(word)) continue
      if (text !== undefined && normalise(text) === normalise(disassemble(word, PC))) continue
    }
    found.push(`${word.toString(16)} ${row?.id}: ${disassemble(word, PC)} | ${text}`)
  }
  return found
}

test('Capstone calls the same words defined and prints the same, on every row', () => {
  const random = random32(11)
  const words = rows.flatMap((row) => Array.from({ length: 20 }, () => randomWord(row, random)))
  expect(differences(words)).toEqual([])
})

test('Capstone agrees on random words', () => {
  const random = random32(12)
  expect(differences(Array.from({ length: 50_000 }, random))).toEqual([])
})
