import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileGuest } from '../testing/compile.ts'

const page = readFileSync(join(import.meta.dir, '../../docs/userland.md'), 'utf8')
const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!)

test("the examples of the userland's page compile", async () => {
  expect(examples.length).toBe(2)
  for (const [i, text] of examples.entries()) await compileGuest(`example${i}/main.ts`, text)
}, 60_000)

test('an example with a mistake would not', async () => {
  const wrong = examples[0]!.replace('parseInteger(', 'parseIntegr(')
  expect(compileGuest('example/main.ts', wrong)).rejects.toThrow('parseIntegr')
}, 60_000)
