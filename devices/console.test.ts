import { describe, expect, test } from 'bun:test'
import { LOG_BYTES, MachineConsole, OutputLog } from './console.ts'
import { reader } from './host.fixture.ts'

function make() {
  let matches = 0
  const console = new MachineConsole('console', () => matches++)
  const print = (text: string) => {
    for (const byte of new TextEncoder().encode(text)) console.output(byte)
  }
  return { console, print, matches: () => matches }
}

describe('MachineConsole', () => {
  test('says so at the byte that completes a match', () => {
    const { console, print, matches } = make()
    console.watch('login: ')
    print('Debian\nlogin:')
    expect(matches()).toBe(0)
    print(' ')
    expect(matches()).toBe(1)
    expect(console.take('wanted')).toEqual({ text: 'login: ', groups: [], before: 'Debian\n' })
  })

  test('a match consumes output: the same text must come again', () => {
    const { console, print } = make()
    print('=> ')
    console.watch('=> ')
    expect(console.found).toBe('wanted')
    console.take('wanted')
    console.watch('=> ')
    expect(console.found).toBeUndefined()
    print('version\n=> ')
    expect(console.found).toBe('wanted')
    expect(console.take('wanted').before).toBe('version\n')
  })

  test('output that came before is matched as if it came now', () => {
    const { console, print } = make()
    print('a b c')
    console.watch('b')
    expect(console.found).toBe('wanted')
    console.take('wanted')
    console.watch('c')
    expect(console.found).toBe('wanted')
  })

  test('regular expressions give their groups, whatever their flags', () => {
    const { console, print } = make()
    for (const pattern of [/count=(\d+)\n/, /count=(\d+)\n/g]) {
      console.watch(pattern)
      print('count=42\n')
      expect(console.found).toBe('wanted')
      expect(console.take('wanted').groups).toEqual(['42'])
    }
  })

  test('the unwanted pattern wins when both are complete', () => {
    const { console, print } = make()
    console.watch(/panic/, 'panic')
    print('panic')
    expect(console.found).toBe('unwanted')
  })

  test('text is UTF-8, also when a character arrives in two halves', () => {
    const { console, print } = make()
    console.watch('größe')
    print('größe')
    expect(console.found).toBe('wanted')
    console.take('wanted')
    console.watch(/ü!/)
    print('ü!')
    expect(console.found).toBe('wanted')
  })

  test('refuses to wait for nothing', () => {
    expect(() => make().console.watch('')).toThrow('empty')
  })

  test('listeners get all output once, with its offset', () => {
    const { console, print } = make()
    const heard: [string, number][] = []
    const stop = console.onOutput((data, offset) =>
      heard.push([new TextDecoder().decode(data), offset]),
    )
    print('ab')
    console.flush()
    console.flush()
    print('c')
    console.flush()
    stop()
    print('d')
    console.flush()
    expect(heard).toEqual([
      ['ab', 0],
      ['c', 2],
    ])
  })

  test('a restored one matches what the saved one would', () => {
    const first = make()
    first.print('one two')
    first.console.watch('one')
    first.console.take(first.console.found!)
    const second = make()
    second.console.restore(reader(first.console.save()))
    second.console.watch('one')
    expect(second.console.found).toBeUndefined()
    second.console.watch('two')
    expect(second.console.found).toBe('wanted')
  })
})

describe('OutputLog', () => {
  test('keeps the newest bytes, and offsets go on', () => {
    const log = new OutputLog()
    const total = 2 * LOG_BYTES + 5
    for (let n = 0; n < total; n++) log.append(n & 0x7f)
    expect(log.end).toBe(total)
    const { offset, data } = log.slice(0)
    expect(offset).toBeGreaterThan(0)
    expect(offset + data.length).toBe(total)
    expect(data[0]).toBe(offset & 0x7f)
    expect(log.slice(total - 1).data).toEqual(Uint8Array.of((total - 1) & 0x7f))
    expect(log.slice(total + 10).data.length).toBe(0)
  })
})
