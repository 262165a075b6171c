import { expect, test } from 'bun:test'
import asc from 'assemblyscript/asc'
import { decode } from './decode.ts'
import { generateDecoder } from './generate.ts'
import { rows } from './rows.ts'
import { random32, randomWord } from './testing.ts'

interface Decoder {
  decodeRow(word: number): number
  rowFeature(row: number): number
  rowGroup(row: number): number
  [constant: string]: unknown
}

async function compile(): Promise<Decoder> {
  const source = generateDecoder()
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    ['decode.ts', '--outFile', 'out.wasm', '-O3', '--runtime', 'stub'],
    {
      readFile: (name: string) => (name === 'decode.ts' ? source : null),
      writeFile: (_name: string, contents: Uint8Array | string) => {
        if (typeof contents !== 'string') binary = contents
      },
      listFiles: () => [],
    },
  )
  if (error || !binary) throw new Error(`Cannot compile the decoder: ${stderr.toString()}`)
  const { instance } = await WebAssembly.instantiate(binary as Uint8Array<ArrayBuffer>)
  return instance.exports as unknown as Decoder
}

const decoder = await compile()

test('the generated decoder agrees with the table on every row and on random words', () => {
  const random = random32(1)
  for (const row of rows) {
    for (let i = 0; i < 40; i++) {
      const word = randomWord(row, random)
      expect([word, decoder.decodeRow(word)]).toEqual([word, decode(word)?.index ?? 0])
    }
  }
  for (let i = 0; i < 100_000; i++) {
    const word = random()
    if (decoder.decodeRow(word) !== (decode(word)?.index ?? 0)) {
      expect([word, decoder.decodeRow(word)]).toEqual([word, decode(word)?.index ?? 0])
    }
  }
})

test('the generated module names rows, features and groups', () => {
  for (const row of rows) {
    expect((decoder[`R_${row.id}`] as WebAssembly.Global).value).toBe(row.index)
    const feature = decoder[`F_${row.feature.toUpperCase()}`] as WebAssembly.Global
    expect(decoder.rowFeature(row.index)).toBe(feature.value)
    const group = decoder[`G_${row.group.toUpperCase()}`] as WebAssembly.Global
    expect(decoder.rowGroup(row.index)).toBe(group.value)
  }
})

test('generating twice gives the same text', () => {
  expect(generateDecoder()).toBe(generateDecoder())
})
