import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConsoleLog } from './console-log.ts'

const directories: string[] = []

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'kenix-log-'))
  directories.push(made)
  return made
}

afterEach(() => {
  for (const made of directories.splice(0)) rmSync(made, { recursive: true, force: true })
})

const bytes = (text: string) => new TextEncoder().encode(text)
const all = (log: ConsoleLog) =>
  new TextDecoder().decode(log.read(log.start, Number.MAX_SAFE_INTEGER))

describe('ConsoleLog', () => {
  test('keeps the newest bytes, under offsets that never change', () => {
    const log = new ConsoleLog(undefined, 'console', 8)
    log.append(bytes('abcde'))
    expect([log.start, log.end, all(log)]).toEqual([0, 5, 'abcde'])
    log.append(bytes('fghij'))
    expect([log.start, log.end, all(log)]).toEqual([2, 10, 'cdefghij'])
    expect(log.read(4, 3)).toEqual(bytes('efg'))
    log.append(bytes('0123456789abcdef'))
    expect([log.start, log.end, all(log)]).toEqual([18, 26, '89abcdef'])
    expect(log.read(26, 10)).toHaveLength(0)
  })

  test('a new server finds the log where the old one left it', () => {
    const path = directory()
    const before = new ConsoleLog(path, 'console', 64)
    before.append(bytes('first '))
    before.append(bytes('second'))
    const after = new ConsoleLog(path, 'console', 64)
    expect([after.start, after.end, all(after)]).toEqual([0, 12, 'first second'])
    after.append(bytes(' third'))
    expect(all(new ConsoleLog(path, 'console', 64))).toBe('first second third')
    expect(new ConsoleLog(path, 'virtio0', 64).end).toBe(0)
  })

  test('takes little room on disk, yet enough to fill the log', () => {
    const path = directory()
    const log = new ConsoleLog(path, 'console', 100)
    for (let line = 0; line < 100; line++) log.append(bytes(`line ${line}\r\n`))
    log.close()
    expect(readdirSync(path).length).toBeLessThanOrEqual(3)
    const again = new ConsoleLog(path, 'console', 100)
    expect([again.start, again.end, all(again)]).toEqual([log.start, log.end, all(log)])
  })

  test('a lost segment is no silent hole: what precedes it is not kept', () => {
    const path = directory()
    const log = new ConsoleLog(path, 'console', 1000)
    for (const part of ['one', 'two', 'three']) {
      log.append(bytes(part))
      log.close()
    }
    rmSync(join(path, 'console.0000000000000003.log'))
    const again = new ConsoleLog(path, 'console', 1000)
    expect([again.start, again.end, all(again)]).toEqual([6, 11, 'three'])
  })

  test('a disk that cannot be written costs the copy, not the log', () => {
    const log = new ConsoleLog('/proc/kenix-cannot-write-here', 'console', 16)
    log.append(bytes('still here'))
    expect(all(log)).toBe('still here')
  })
})
