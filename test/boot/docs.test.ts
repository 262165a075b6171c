/**
 * The documents keep their word: every example of README.md and docs/library.md passes as a test file, and every
 * `bun kenix run` in docs/running.md is a command line that the program accepts.
 */
import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkedConfig, machineSpecOf } from '../../api/cli/machine-options.ts'
import { parseOptions } from '../../api/cli/options.ts'
import { run } from '../../api/cli/run.ts'
import { need } from '../tools/debian.ts'

const ROOT = join(import.meta.dir, '../..')
const TEST_MS = 120_000

/** The fenced blocks of a document, named from the root, with the headings they stand under. */
function blocks(document: string, language: string): { heading: string; text: string }[] {
  const markdown = readFileSync(join(ROOT, document), 'utf8')
  const found: { heading: string; text: string }[] = []
  let heading = ''
  const pattern = /^## (.*)$|^```(\w+)\n([\s\S]*?)^```$/gm
  for (const [, title, kind, text] of markdown.matchAll(pattern)) {
    if (title !== undefined) heading = title
    else if (kind === language) found.push({ heading, text: text! })
  }
  return found
}

describe.skipIf(!need('u-boot-qemu'))('examples of the documents', () => {
  // Inside the repository, so that tsconfig.json and node_modules are found from there.
  mkdirSync(join(ROOT, '.cache'), { recursive: true })
  const directory = mkdtempSync(join(ROOT, '.cache/docs-'))
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const examples = ['README.md', 'docs/library.md'].flatMap((document) => blocks(document, 'ts'))
  test.each(examples.map(({ heading, text }) => [heading, text] as const))(
    '"%s" passes',
    async (heading, text) => {
      const file = join(directory, `${heading.replaceAll(/\W+/g, '-').toLowerCase()}.test.ts`)
      writeFileSync(file, text.replaceAll(`from './`, `from '${ROOT}/`))
      const child = Bun.spawn([process.execPath, 'test', '--timeout', '60000', file], {
        cwd: ROOT,
        stdout: 'ignore',
        stderr: 'pipe',
      })
      const report = await child.stderr.text()
      if ((await child.exited) !== 0) throw new Error(report)
      expect(report).toMatch(/^ [1-9]\d* pass$/m)
    },
    TEST_MS,
  )
})

describe('command lines of docs/running.md', () => {
  const lines = blocks('docs/running.md', 'sh')
    .flatMap(({ text }) => text.split('\n'))
    .filter((line) => line.includes('bun kenix run'))

  test.each(lines)('%s', (line) => {
    const args = words(/bun kenix run ([^;|<>]*)/.exec(line)![1]!)
    const config = checkedConfig(machineSpecOf(parseOptions(args, run.options)))
    expect(config.boot.kernel ?? config.boot.firmware).toBeString()
  })

  test('are there', () => expect(lines.length).toBeGreaterThan(5))

  test('name options that exist', () => {
    const table = readFileSync(join(ROOT, 'docs/running.md'), 'utf8').matchAll(/`--([a-z0-9-]+)`/g)
    const known = run.options.map(({ name }) => name)
    for (const [, name] of table) expect(known).toContain(name!)
  })
})

/** Words of a shell command, of which double quotes keep some together. */
function words(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!)
}
