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

async function compile(): Promise<{ binary: Uint8Array; decoder: Decoder }> {
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
  return { binary, decoder: instance.exports as unknown as Decoder }
}

const { binary, decoder } = await compile()

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

/** Sizes in bytes of the functions of a wasm module (binary format, section 10). */
function functionSizes(module: Uint8Array): number[] {
  let at = 8
  const leb = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = module[at++]!
      value |= (byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < module.length) {
    const section = module[at++]
    const end = leb() + at
    if (section === 10) {
      return Array.from({ length: leb() }, () => {
        const size = leb()
        at += size
        return size
      })
    }
    at = end
  }
  return []
}

test('no function comes near the size at which JavaScriptCore stops optimising it', () => {
  const sizes = functionSizes(binary)
  expect(sizes.length).toBeGreaterThan(2)
  expect(Math.max(...sizes)).toBeLessThan(8192)
})
