import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { blocks, errors, groups } from './constants.ts'
import { constantsModule, generated } from './generate.ts'
import { protocols } from './protocols.ts'
import { systemCalls } from './syscalls.ts'

const root = join(import.meta.dir, '../..')

test('the committed documents and constants are what the tables say', async () => {
  for (const [path, text] of generated()) {
    const file = await Bun.file(join(root, path)).text()
    if (file !== text) throw new Error(`${path} is not current: run bun kernel/abi/generate.ts`)
  }
})

test('no system call number, message tag or generated name stands for two things', () => {
  const numbers = systemCalls.map((call) => call.number)
  expect(new Set(numbers).size).toBe(numbers.length)
  const tags = protocols.flatMap((protocol) => protocol.messages.map((message) => message.tag))
  expect(new Set(tags).size).toBe(tags.length)
  const names = [...constantsModule().matchAll(/export const (\w+)/g)].map((match) => match[1])
  expect(new Set(names).size).toBe(names.length)
})

test('the numbers of the original system keep their meaning', () => {
  const original: Record<string, number> = {
    YIELD: 0,
    SEND: 1,
    RECV: 2,
    CALL: 3,
    REPLY: 4,
    NOTIFY: 7,
    WAIT_NOTIFY: 8,
    SHMCREATE: 10,
    SHMMAP: 11,
    SHMUNMAP: 12,
    SHMGRANT: 13,
    GETPID: 20,
    SPAWN: 21,
    IRQ_REGISTER: 30,
    IRQ_WAIT: 31,
    IRQ_ACK: 32,
    CLOSE: 57,
    PIPE: 59,
    READ: 63,
    WRITE: 64,
    EXIT: 93,
    DUP: 23,
    DUP2: 24,
    KILL: 25,
    WAIT: 22,
    REPLY_TO: 5,
  }
  const now = new Map(systemCalls.map((call) => [call.name, call.number]))
  for (const [name, number] of Object.entries(original))
    expect([name, now.get(name)]).toEqual([name, number])
})

test('each error a call names is in the table of errors, and each errno has one meaning', () => {
  const known = new Set(errors.constants.map((constant) => constant.name))
  for (const call of systemCalls)
    for (const name of Object.keys(call.errors))
      expect([call.name, name, known.has(name)]).toEqual([call.name, name, true])
  const values = errors.constants.map((constant) => constant.value)
  expect(new Set(values).size).toBe(values.length)
})

test('arguments and results stand in x0 to x5, in order', () => {
  for (const call of systemCalls)
    for (const list of [call.arguments, call.results])
      expect(list.map((value) => value.register)).toEqual(list.map((_, i) => `x${i}`))
  expect(systemCalls.every((call) => call.arguments.length <= 6 && call.results.length <= 6)).toBe(
    true,
  )
})

test('fields of a block are aligned and do not overlap', () => {
  for (const block of blocks) {
    let end = 0
    for (const field of block.fields) {
      expect(field.offset).toBeGreaterThanOrEqual(end)
      expect(field.offset % Math.min(field.size, 8)).toBe(0)
      end = field.offset + field.size
    }
    expect(end).toBeLessThanOrEqual(block.size)
  }
  expect(groups.length).toBeGreaterThan(0)
})
