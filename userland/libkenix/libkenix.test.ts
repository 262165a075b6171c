import { beforeEach, expect, test } from 'bun:test'
import { systemCalls } from '../../kernel/abi/syscalls.ts'
import { compileGuest, type Guest, instantiateGuest } from '../testing/compile.ts'
import { FakeSystem } from '../testing/system.ts'

/** Numbers of system calls by name. */
const SYS = Object.fromEntries(systemCalls.map(({ name, number }) => [name, number])) as Record<
  'READ' | 'WRITE' | 'CALL' | 'LEASE' | 'SPAWN' | 'HANDLE_INFO' | 'HANDLE_TAKE' | 'EXIT' | 'RECV',
  number
> &
  Record<'REPLY_TO' | 'SHMMAP' | 'CLOSE', number>

const wasm = compileGuest('testing/guest/libkenix.ts')
let system: FakeSystem
let guest: Guest
/** What was written, by handle. */
let written: Record<string, string>

beforeEach(async () => {
  system = new FakeSystem()
  written = {}
  system.on(SYS.WRITE, (handle, at, length) => {
    written[`${handle}`] = (written[`${handle}`] ?? '') + system.text(at!, length!)
    return length!
  })
  guest = await instantiateGuest(await wasm, system.imports())
  system.memory = guest.memory
}, 60_000)

const EOWNERDEAD = -130n
const STREAM_STAT = 604n

test('arguments and environment come from the start block', () => {
  const at = guest.call('reserve', 256)
  const strings = ['prog', 'one', 'zwö', 'PATH=/bin', 'X=a=b', 'broken']
  let text = at + 128
  const pointers = strings.map((value) => {
    const address = text
    text += system.put(text, `${value}\0`)
    return address
  })
  const block = [3, ...pointers.slice(0, 3), 0, ...pointers.slice(3), 0]
  const view = new DataView(system.memory.buffer)
  for (const [i, value] of block.entries()) view.setBigUint64(at + i * 8, BigInt(value), true)
  guest.call('kenixStart', BigInt(at))
  expect(guest.text('given')).toBe('one zwö|PATH=/bin X=a=b|default')
})

test('output is kept until there is a block of it or the program ends', () => {
  guest.call('say', 'a')
  guest.call('say', 'b\n')
  expect(written).toEqual({})
  guest.call('say', 'x'.repeat(4095))
  expect(written['1']).toBe('ab\n')
  guest.call('kenixExit', 0)
  expect(written['1']!.length).toBe(3 + 4095)
})

test('output for a console is written at once', () => {
  system.on(SYS.CALL, (_handle, tag) => (tag === STREAM_STAT ? [0, 0, 2] : -38))
  guest.call('say', 'a')
  expect(written['1']).toBe('a')
})

test('a write that is cut short goes on, one to a server that died is made once more', () => {
  let calls = 0
  system.on(SYS.WRITE, (_handle, at, length) => {
    if (calls++ === 0) return EOWNERDEAD
    const part = length! > 2n ? 2n : length!
    written['2'] = (written['2'] ?? '') + system.text(at!, part)
    return part
  })
  guest.call('writeError', 'abcde')
  expect(written['2']).toBe('abcde')
  expect(calls).toBe(4)
})

test('a server that stays dead is an error, not an endless loop', () => {
  system.on(SYS.WRITE, () => EOWNERDEAD)
  guest.call('writeError', 'abcde')
  expect(system.calls(SYS.WRITE).length).toBe(2)
})

test('abort writes what was printed, says where, and ends the program with 134', () => {
  let code: bigint | undefined
  system.on(SYS.EXIT, (value) => {
    code = value
    return 0
  })
  guest.call('say', 'before\n')
  guest.call('abort', 'went wrong', 'userland/x/main.ts', 12, 3)
  expect(written).toEqual({ '1': 'before\n', '2': 'went wrong at userland/x/main.ts:12:3\n' })
  expect(code).toBe(134n)
})

test('lines are read across blocks, the last one without newline, too', () => {
  for (const block of [1, 3, 4096]) {
    let rest = 'one\n\nthree is long\nlast'
    system.on(SYS.READ, (_handle, at, length) => {
      const part = rest.slice(0, Number(length))
      rest = rest.slice(part.length)
      return system.put(at!, part)
    })
    expect(guest.text('lines', block)).toBe('[one][][three is long][last]0')
  }
  system.on(SYS.READ, () => -5)
  expect(guest.text('lines', 16)).toBe('-5')
})

test('files are opened by absolute paths in lent memory', () => {
  system.on(SYS.LEASE, () => 0)
  system.on(SYS.CALL, () => [0, 123])
  system.on(SYS.HANDLE_TAKE, () => 64)
  expect(guest.call('openPath', 'a/../b', 3)).toBe(64)
  const [[address, length]] = system.calls(SYS.LEASE) as [bigint[]]
  expect(system.text(address!, length!)).toBe('/b')
  expect(system.calls(SYS.CALL)[0]!.slice(0, 5)).toEqual([35n, 100n, 0n, 2n, 3n])
})

test('a call whose server died is made once more, with its lease', () => {
  system.on(SYS.LEASE, () => 0)
  let calls = 0
  system.on(SYS.CALL, () => (calls++ === 0 ? EOWNERDEAD : [0, 7, 1, 8, 9]))
  expect(guest.text('stat', '/x')).toBe('0 7 1 8 9')
  expect(system.calls(SYS.LEASE).length).toBe(2)
  calls = -1
  system.on(SYS.CALL, () => -2)
  expect(guest.text('stat', '/x')).toStartWith('-2 ')
})

test('rename lends both paths, one after the other', () => {
  system.on(SYS.LEASE, () => 0)
  system.on(SYS.CALL, () => 0)
  expect(guest.call('move', '/ä', 'b')).toBe(0)
  const [[address, length]] = system.calls(SYS.LEASE) as [bigint[]]
  expect(system.text(address!, length!)).toBe('/ä/b')
  expect(system.calls(SYS.CALL)[0]!.slice(2, 5)).toEqual([0n, 3n, 2n])
})

test('directories are listed sorted, and closed', () => {
  const names = ['b', 'a']
  let lent = 0n
  system.on(SYS.LEASE, (at) => {
    lent = at!
    return 0
  })
  system.on(SYS.HANDLE_TAKE, () => 66)
  system.on(SYS.CLOSE, () => 0)
  system.on(SYS.CALL, (_handle, tag) => {
    if (tag === 100n) return 0
    const name = names.shift()
    return name === undefined ? 0 : [system.put(lent, name), name === 'a' ? 1 : 2, 0, 0]
  })
  expect(guest.text('list', '/d')).toBe('a:1 b:2 ')
  expect(system.calls(SYS.CLOSE)[0]![0]).toBe(66n)
})

test('a spawn block has arguments, environment, name and the handles that exist', () => {
  // Handles 0 to 2 and the services 33 and 35 are there.
  const open = new Set([0n, 1n, 2n, 33n, 35n])
  system.on(SYS.HANDLE_INFO, (handle) => (open.has(handle!) ? [1, 511, 0, 0, 0] : -9))
  system.on(SYS.SPAWN, () => [80, 5])
  expect(guest.call('start')).toBe(80)
  const [, size, block] = system.calls(SYS.SPAWN)[0]! as [bigint, bigint, bigint]
  expect(size).toBe(16n)
  const word = (offset: number) => system.word(Number(block) + offset)
  expect(system.text(word(0), word(8))).toBe('/bin/tool\0ä\0')
  expect(system.text(word(16), word(24))).toBe('A=1\0')
  expect(system.text(word(80), word(88))).toBe('tool')
  expect([word(48), word(56)]).toEqual([2n ** 64n - 1n, 2n ** 64n - 1n])
  const handles = Array.from({ length: Number(word(40)) }, (_, i) => {
    const entry = new DataView(system.bytes(word(32) + BigInt(i * 16), 16).buffer)
    return [entry.getInt32(0, true), entry.getInt32(4, true), entry.getInt32(8, true)]
  })
  expect(handles).toEqual([
    [0, 0, 511],
    [33, 33, 511],
    [35, 35, 511],
    [1, 70, 511],
  ])
})

test('a server answers by tag, later if it likes, and refuses what it does not know', () => {
  const sender = (badge: number, token: number) => (BigInt(badge) << 32n) | BigInt(token)
  const messages: (bigint | number)[][] = [
    [sender(3, 1), 10, 21, 0, 0, 0],
    [sender(0, 2), 99, 0, 0, 0, 0],
    [sender(0, 4), 11, 0, 0, 0, 0],
    [0, 0, 4, 0, 0, 0],
    [sender(0, 5), 12, 0, 0, 0, 0],
    [sender(7, 0), 10, 0, 0, 0, 0],
  ]
  system.on(SYS.RECV, () => messages.shift()!)
  system.on(SYS.REPLY_TO, () => 0)
  expect(guest.call('serve', 6) as unknown as bigint).toBe(4n)
  expect(system.calls(SYS.REPLY_TO).map((args) => args.slice(0, 3))).toEqual([
    [sender(3, 1), 3n, 42n],
    [sender(0, 2), -38n, 0n],
    [sender(0, 4), 5n, 0n],
    [sender(0, 5), 0n, 0n],
  ])
  expect(system.calls(SYS.RECV)[0]!.slice(0, 2)).toEqual([-1n, 6n])
})

test('mappings lie side by side below 4 GiB, and end there', () => {
  system.on(SYS.SHMMAP, (_handle, hint) => hint!)
  const first = guest.call('mapShared', 70, 5000, 0) >>> 0
  const second = guest.call('mapShared', 71, 1, 0) >>> 0
  expect(first).toBe(0x8000_0000)
  expect(second - first).toBeGreaterThanOrEqual(8192)
  expect(guest.call('mapShared', 72, 0x7fff_ffff, 0)).toBe(0)
})

test('errors have texts', () => {
  expect(guest.text('errorText', -2n)).toBe(guest.text('errorText', 2n))
  expect(guest.text('errorText', -9999n)).toBe('Error 9999')
})
