import { describe, expect, test } from 'bun:test'
import { encodeFrame, FrameDecoder } from './framing.ts'
import { FRAME_BYTES_MAX, NetError } from './port.ts'

function frame(bytes: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i + seed) & 0xff)
}

function length(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

describe('frames in a stream', () => {
  test('have a big-endian length in front', () => {
    expect([...encodeFrame(frame(300)).subarray(0, 6)]).toEqual([0, 0, 1, 44, 0, 1])
  })

  for (const chunk of [1, 2, 3, 5, 64, 10_000]) {
    test(`are found in chunks of ${chunk} bytes`, () => {
      const frames = [frame(60, 1), frame(14, 2), frame(1514, 3), frame(60, 4)]
      const stream = Uint8Array.from(frames.flatMap((bytes) => [...encodeFrame(bytes)]))
      const decoder = new FrameDecoder()
      const found: Uint8Array[] = []
      for (let at = 0; at < stream.length; at += chunk) {
        found.push(...decoder.push(stream.subarray(at, at + chunk)))
      }
      expect(found).toEqual(frames)
    })
  }

  test('may be as long as a network carries', () => {
    const longest = frame(FRAME_BYTES_MAX)
    expect(new FrameDecoder().push(encodeFrame(longest))).toEqual([longest])
  })

  test('that are too short are left out and counted', () => {
    const decoder = new FrameDecoder()
    const found = decoder.push(
      Uint8Array.of(
        ...length(0),
        ...length(0),
        ...encodeFrame(frame(13)),
        ...encodeFrame(frame(20)),
      ),
    )
    expect(found).toEqual([frame(20)])
    expect(decoder.runts).toBe(3)
  })

  const hostile: [string, Uint8Array][] = [
    ['one more than the longest', length(FRAME_BYTES_MAX + 1)],
    ['4 GiB - 1', length(0xffff_ffff)],
    ['text of another protocol', new TextEncoder().encode('GET / HTTP/1.1\r\n')],
    ['a little-endian length', Uint8Array.of(60, 0, 0, 0)],
  ]
  for (const [what, bytes] of hostile) {
    test(`can not be found after ${what}`, () => {
      expect(() => new FrameDecoder().push(bytes)).toThrow(NetError)
    })
  }

  test('a cut stream gives what was complete', () => {
    const stream = Uint8Array.of(
      ...encodeFrame(frame(60)),
      ...encodeFrame(frame(60)).subarray(0, 30),
    )
    expect(new FrameDecoder().push(stream).length).toBe(1)
  })
})
