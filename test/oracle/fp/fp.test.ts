import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { need } from '../../tools/debian.ts'
import { makeCases, testedRows } from './cases.ts'
import { compare } from './compare.ts'
import { FpCore } from './core.ts'
import { ORACLE_PACKAGES } from './oracle.ts'
import { FPCR, FPSR, NZCV, RECORD_BYTES, REGISTERS, V, WORD, X } from './state.ts'

const core = await FpCore.load()

function emptyRecord(): DataView {
  return new DataView(new ArrayBuffer(RECORD_BYTES))
}

function setVector(record: DataView, n: number, value: bigint): void {
  const at = V + 16 * REGISTERS.indexOf(n as never)
  record.setBigUint64(at, BigInt.asUintN(64, value), true)
  record.setBigUint64(at + 8, value >> 64n, true)
}

function getVector(record: DataView, n: number): bigint {
  const at = V + 16 * REGISTERS.indexOf(n as never)
  return (record.getBigUint64(at + 8, true) << 64n) | record.getBigUint64(at, true)
}

function run(record: DataView, word: number): boolean {
  record.setUint32(WORD, word, true)
  core.run(record, 0)
  return record.getUint32(WORD, true) === 0
}

describe('recorded vectors', () => {
  const lines = readFileSync(join(import.meta.dir, 'vectors.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))

  for (const line of lines) {
    const [assembly, words, fpcr, operands, result, fpsr] = line.split(' | ') as [
      string,
      string,
      string,
      string,
      string,
      string,
    ]
    test(`${assembly} of ${operands} under FPCR ${fpcr} gives ${result}`, () => {
      const record = emptyRecord()
      record.setUint32(FPCR, Number.parseInt(fpcr, 16), true)
      operands.split(' ').forEach((operand, i) => {
        if (operand.startsWith('x1=')) {
          record.setBigUint64(X + 8, BigInt(`0x${operand.slice(3)}`), true)
        } else {
          setVector(record, i + 1, BigInt(`0x${operand}`))
        }
      })
      for (const word of words.split(' ')) {
        expect(run(record, Number.parseInt(word, 16))).toBe(true)
      }
      const [place, value] = result.split('=') as [string, string]
      const actual =
        place === 'v0'
          ? getVector(record, 0)
          : place === 'x0'
            ? record.getBigUint64(X, true)
            : BigInt(record.getUint32(NZCV, true) >>> 28)
      expect(actual.toString(16)).toBe(BigInt(`0x${value}`).toString(16))
      expect(record.getUint32(FPSR, true)).toBe(Number.parseInt(fpsr, 16))
    })
  }
})

describe('execFpSimd()', () => {
  test('refuses instructions of features that the core does not have', () => {
    // bfcvt h0, s1; eor3; sm4e; fmlal; usdot; bfcvtn
    for (const word of [0x1e634020, 0xce031041, 0xcec08420, 0x0e22ec20, 0x4e829c20, 0x0ea16820]) {
      expect(run(emptyRecord(), word)).toBe(false)
    }
  })

  test('survives any word of its groups', () => {
    let state = 12345
    for (let i = 0; i < 20_000; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      const word = ((state & ~0x0e00_0000) | 0x0e00_0000) >>> 0
      run(emptyRecord(), word)
    }
  })

  test('reads general register 31 as zero and drops writes to it', () => {
    const record = emptyRecord()
    setVector(record, 1, 0x3ff0_0000_0000_0000n)
    // fcvtzs xzr, d1; fmov d0, xzr
    expect(run(record, 0x9e78003f)).toBe(true)
    expect(run(record, 0x9e6703e0)).toBe(true)
    expect(getVector(record, 0)).toBe(0n)
  })
})

describe('differential test', () => {
  test.skipIf(!need(...ORACLE_PACKAGES))(
    'agrees with QEMU on random cases of every row, in every FPCR mode',
    () => {
      const differences = compare(core, makeCases(testedRows.length * 10, 20))
      expect(differences.map(({ row, text }) => `${row}\n${text}`)).toEqual([])
    },
    60_000,
  )
})
