import { describe, expect, test } from 'bun:test'
import { SeededRandom } from '../random.ts'
import { type Frame, PACKET_SIZE, PacketReader, packet } from './packet.ts'

const bytes = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))
const kinds = (frames: Frame[]) => frames.map(({ kind }) => kind)
const contents = (frames: Frame[]) =>
  frames.map((frame) =>
    frame.kind === 'packet' ? String.fromCharCode(...frame.data) : `<${frame.kind}>`,
  )

describe('PacketReader', () => {
  test('takes packets, acknowledgements and interrupts from one stream', () => {
    expect(contents(new PacketReader().read(bytes('+$?#3f-$g#67\x03')))).toEqual([
      '<ack>',
      '?',
      '<nak>',
      'g',
      '<interrupt>',
    ])
  })

  test('takes a packet that arrives byte by byte', () => {
    const reader = new PacketReader()
    const frames = [...bytes('$m1000,4#8e')].flatMap((byte) => reader.read(Uint8Array.of(byte)))
    expect(contents(frames)).toEqual(['m1000,4'])
  })

  test('undoes escapes, so that binary data may hold any byte', () => {
    const reader = new PacketReader()
    const data = String.fromCharCode(...Array(256).keys())
    expect(contents(reader.read(packet(data)))).toEqual([data])
    // The debugger's own form: '#' as '}' and 0x03.
    expect(contents(reader.read(bytes('$}\x03#80')))).toEqual(['#'])
  })

  test.each([
    ['a wrong sum', '$g#68'],
    ['no hexadecimal sum', '$g#zz'],
    ['a sum with a sign', '$g#+7'],
    ['half a sum and a new packet', '$g#6$'],
  ])('says that a packet with %s is damaged', (_, text) => {
    expect(kinds(new PacketReader().read(bytes(text)))).toEqual(['damaged'])
  })

  test('goes on after damage', () => {
    expect(contents(new PacketReader().read(bytes('garbage$g#00$?#3f')))).toEqual([
      '<damaged>',
      '?',
    ])
  })

  test('starts again at a "$" inside a packet whose end was lost', () => {
    expect(contents(new PacketReader().read(bytes('$m10$?#3f')))).toEqual(['?'])
  })

  test('drops an escape that escapes nothing', () => {
    expect(contents(new PacketReader().read(bytes('$g}#e4')))).toEqual(['g'])
  })

  test('takes the largest packet that was agreed, and says when one is larger', () => {
    const reader = new PacketReader()
    const largest = reader.read(packet('x'.repeat(PACKET_SIZE)))
    expect(kinds(largest)).toEqual(['packet'])
    expect(kinds(reader.read(packet('x'.repeat(PACKET_SIZE + 1))))).toEqual(['too-long'])
    expect(contents(reader.read(packet('g')))).toEqual(['g'])
  })

  test('holds no more than one packet of an endless one', () => {
    const reader = new PacketReader()
    const chunk = new Uint8Array(1 << 16).fill(0x61)
    expect(reader.read(bytes('$'))).toEqual([])
    for (let n = 0; n < 64; n++) expect(reader.read(chunk)).toEqual([])
    expect(kinds(reader.read(bytes('#00')))).toEqual(['too-long'])
  })

  test('survives any bytes', () => {
    const random = new SeededRandom(1)
    const reader = new PacketReader()
    const noise = new Uint8Array(4096)
    for (let n = 0; n < 50; n++) {
      random.fill(noise)
      reader.read(noise)
    }
    reader.read(bytes('#00'))
    expect(contents(reader.read(bytes('$g#67')))).toContain('g')
  })
})

describe('packet()', () => {
  test('carries a sum over what is sent', () => {
    expect(new TextDecoder().decode(packet('OK'))).toBe('$OK#9a')
    expect(new TextDecoder().decode(packet(''))).toBe('$#00')
  })

  test('escapes what means something to the other side', () => {
    expect([...packet('a*b')]).toEqual([...bytes('$a}\x0ab#4a')])
  })
})
