import { describe, expect, test } from 'bun:test'
import {
  decodeJson,
  EVENT,
  encodeBytes,
  encodeJson,
  FrameDecoder,
  MAX_FRAME,
  OUTPUT,
} from './protocol.ts'

describe('FrameDecoder', () => {
  test('gives the same frames however the stream is cut', () => {
    const stream = Buffer.concat([
      encodeBytes(OUTPUT, 1, new Uint8Array([7, 8, 9])),
      encodeJson(EVENT, { type: 'ready' }),
      encodeBytes(OUTPUT, 0, new Uint8Array(0)),
    ])
    for (let size = 1; size <= stream.length; size++) {
      const decoder = new FrameDecoder()
      const frames = []
      for (let at = 0; at < stream.length; at += size) {
        frames.push(...decoder.push(stream.subarray(at, at + size)))
      }
      expect(frames.map(({ type }) => type)).toEqual([OUTPUT, EVENT, OUTPUT])
      expect([...frames[0]!.payload]).toEqual([1, 7, 8, 9])
      expect(decodeJson(frames[1]!.payload)).toEqual({ type: 'ready' })
      expect([...frames[2]!.payload]).toEqual([0])
    }
  })

  test.each([0, MAX_FRAME + 1, 0xffff_ffff])(
    'refuses a length of %i before it allocates',
    (length) => {
      const head = new Uint8Array(4)
      new DataView(head.buffer).setUint32(0, length)
      expect(() => new FrameDecoder().push(head)).toThrow(`Frame of ${length} bytes`)
    },
  )

  test('JSON that is none, or no UTF-8, is an error', () => {
    expect(() => decodeJson(new TextEncoder().encode('{'))).toThrow()
    expect(() => decodeJson(new Uint8Array([0xff]))).toThrow()
  })
})
