import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { closureOf, hashOf } from './sources.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sources-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('closureOf()', () => {
  test('follows imports and exports, with and without endings, and cycles', () => {
    const main = write(
      'main.ts',
      "import { a } from './a'\nexport * from './c.ts'\nimport './gone'\n",
    )
    write('a.ts', "import {\n  b,\n} from './b'\n")
    write('b.ts', "import { main } from './main'\n")
    write('c.ts', 'export const c = 1')
    write('d.ts', '')
    expect(closureOf([main]).map((path) => basename(path))).toEqual([
      'a.ts',
      'b.ts',
      'c.ts',
      'main.ts',
    ])
  })

  test('sees an import that was added', () => {
    const main = write('main.ts', '')
    expect(closureOf([main])).toHaveLength(1)
    write('main.ts', "import './d'\n")
    expect(closureOf([main])).toHaveLength(2)
  })
})

describe('hashOf()', () => {
  test('changes with a file, its name and a text', () => {
    const [a, b] = [write('x.ts', 'one'), write('y.ts', 'one')]
    const first = hashOf([a], 'options')
    expect(hashOf([a], 'options')).toBe(first)
    expect(hashOf([a], 'other')).not.toBe(first)
    expect(hashOf([b], 'options')).not.toBe(first)
    write('x.ts', 'two')
    expect(hashOf([a], 'options')).not.toBe(first)
  })
})
