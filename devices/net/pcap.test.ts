import { afterAll, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openPcap } from './open.ts'

const directory = mkdtempSync(join(tmpdir(), 'kenix-pcap-'))
afterAll(() => rmSync(directory, { recursive: true }))

test('a capture holds frames with their guest times, in nanoseconds', () => {
  const path = join(directory, 'x.pcap')
  const capture = openPcap(path)
  capture.tap(Uint8Array.of(1, 2, 3), 3_000_000_007)
  capture.tap(Uint8Array.of(4), 1e15 + 5)
  capture.close()
  capture.tap(Uint8Array.of(5), 2e15)
  const bytes = readFileSync(path)
  const words = Array.from({ length: 10 }, (_, i) => bytes.readUInt32LE(i * 4))
  expect(words).toEqual([0xa1b2_3c4d, 0x0004_0002, 0, 0, 69_632, 1, 3, 7, 3, 3])
  expect([...bytes.subarray(40, 43)]).toEqual([1, 2, 3])
  expect([bytes.readUInt32LE(43), bytes.readUInt32LE(47), bytes.length]).toEqual([1_000_000, 5, 60])
})

test('a capture that can not be written is a clear error', () => {
  expect(() => openPcap(join(directory, 'none', 'x.pcap'))).toThrow('Cannot write the capture')
})

test('a capture whose file system is full ends, with one warning, and nothing else does', () => {
  const warnings: string[] = []
  let capture: ReturnType<typeof openPcap>
  try {
    capture = openPcap('/dev/full', (message) => warnings.push(message))
  } catch (error) {
    // Even its header does not fit.
    expect(`${error}`).toContain('Cannot write the capture "/dev/full"')
    return
  }
  for (let i = 0; i < 3; i++) capture.tap(new Uint8Array(60), i)
  expect(warnings.length).toBe(1)
})
