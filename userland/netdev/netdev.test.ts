import { expect, setDefaultTimeout, test } from 'bun:test'
import type { NetPort } from '../../devices/net/port.ts'
import { VirtioMmio } from '../../devices/virtio/mmio.ts'
import { VirtioNet } from '../../devices/virtio/net.ts'
import { FakeKernel, type Obj, READ, WRITE } from '../servers/testing/kernel.fixture.ts'
import { compileGuest } from '../testing/compile.ts'

// The first test also waits for the compiler.
setDefaultTimeout(60_000)

const wasm = compileGuest('netdev/testing/guest/netdev.ts')
const MAC = Uint8Array.of(0x52, 0x54, 0x00, 0x12, 0x34, 0x56)
const [SEND, RECV, INFO, ATTACH, SUBSCRIBE] = [300, 301, 302, 303, 304]
const [EIO, EINVAL, EMSGSIZE, EFAULT, EPERM, ENFILE] = [-5, -22, -90, -14, -1, -23]

const frame = (length: number, seed = 1) =>
  Uint8Array.from({ length }, (_, i) => (i * 13 + seed) & 255)

async function bench(connected = true) {
  const kernel = new FakeKernel()
  const sent: Uint8Array[] = []
  const port: NetPort = { send: (data: Uint8Array) => void sent.push(data.slice()) } as never
  const device = new VirtioNet(kernel.deviceHost, {
    name: 'net0',
    mac: MAC,
    port: connected ? port : undefined,
  })
  const mmio = new VirtioMmio(kernel.deviceHost.memory, kernel.irq, device)
  kernel.registers = mmio
  expect(await kernel.start(await wasm)).toBe(0)
  const arrive = (data: Uint8Array) => kernel.host.inputs.get('net0')!(data)
  const send = (data: Uint8Array) =>
    kernel.call(SEND, { words: [0, 0, data.length], lease: data, access: READ }).tag
  const receive = (most = 1514, pid = 2) => {
    const lease = new Uint8Array(most)
    const { tag } = kernel.call(RECV, { words: [0, 0, most], lease, access: WRITE, pid })
    return tag > 0 ? lease.slice(0, tag) : tag
  }
  return { kernel, sent, mmio, arrive, send, receive }
}

test('frames go out and come in by interrupt, in order', async () => {
  const { kernel, sent, arrive, send, receive } = await bench()
  const info = kernel.call(INFO)
  expect(info.words.slice(0, 3)).toEqual([0x5634_1200_5452, 1, 0])
  expect(receive()).toBe(0)
  for (const length of [14, 60, 1514]) expect(send(frame(length))).toBe(length)
  expect(sent).toEqual([14, 60, 1514].map((length) => frame(length)))
  for (let i = 0; i < 5; i++) arrive(frame(100 + i, i))
  kernel.run()
  for (let i = 0; i < 5; i++) expect(receive()).toEqual(frame(100 + i, i))
  expect(receive()).toBe(0)
})

test('many frames are sent, also more than there are buffers', async () => {
  const { kernel, sent } = await bench()
  const calls = Array.from({ length: 200 }, (_, i) =>
    kernel.post(SEND, { words: [0, 0, 100], lease: frame(100, i), pid: (i % 9) + 1 }),
  )
  kernel.run()
  for (const call of calls) expect(call.reply?.tag).toBe(100)
  expect(sent).toEqual(calls.map((_, i) => frame(100, i)))
})

test('frames that nobody takes are dropped and counted, and later ones arrive', async () => {
  const { kernel, arrive, receive } = await bench()
  for (let i = 0; i < 300; i++) {
    arrive(frame(64, i))
    kernel.run()
  }
  expect(kernel.call(INFO).words[2]).toBe(300 - 128)
  for (let i = 0; i < 128; i++) expect(receive()).toEqual(frame(64, i))
  expect(receive()).toBe(0)
  arrive(frame(64, 7))
  kernel.run()
  expect(receive()).toEqual(frame(64, 7))
})

test('subscribers are notified of frames and of the link', async () => {
  const { kernel, arrive, receive } = await bench()
  const first: Obj = { kind: 'notification' }
  const second: Obj = { kind: 'notification' }
  expect(kernel.call(SUBSCRIBE, { words: [4], handle: first, pid: 3 }).tag).toBe(0)
  expect(kernel.call(SUBSCRIBE, { words: [1], handle: second, pid: 4 }).tag).toBe(0)
  arrive(frame(64))
  kernel.run()
  expect([first.bits, second.bits]).toEqual([4, 1])
  first.bits = 0
  // A subscriber that is gone is forgotten; one that has enough says so.
  second.revoked = true
  arrive(frame(64))
  kernel.run()
  expect(first.bits).toBe(4)
  const handles = kernel.handles.size
  expect(kernel.call(SUBSCRIBE, { pid: 3 }).tag).toBe(0)
  expect(kernel.handles.size).toBe(handles - 1)
  first.bits = 0
  arrive(frame(64))
  kernel.run()
  expect(first.bits).toBe(0)
  // What is there already is told at once.
  const late: Obj = { kind: 'notification' }
  expect(kernel.call(SUBSCRIBE, { words: [2], handle: late, pid: 5 }).tag).toBe(0)
  expect(late.bits).toBe(2)
  expect(receive()).toEqual(frame(64))
})

test('subscriptions that are none are refused, and are not too many', async () => {
  const { kernel } = await bench()
  const handles = kernel.handles.size
  expect(kernel.call(SUBSCRIBE, { words: [1], handle: { kind: 'pipe' } }).tag).toBe(EINVAL)
  expect(kernel.call(SUBSCRIBE, { words: [0], handle: { kind: 'notification' } }).tag).toBe(EINVAL)
  expect(kernel.call(SUBSCRIBE, { words: [-1], handle: { kind: 'notification' } }).tag).toBe(EINVAL)
  expect(kernel.handles.size).toBe(handles)
  kernel.pids = Array.from({ length: 40 }, (_, i) => i)
  const subscribe = (pid: number) =>
    kernel.call(SUBSCRIBE, { words: [1], handle: { kind: 'notification' }, pid }).tag
  for (let pid = 0; pid < 16; pid++) expect(subscribe(pid)).toBe(0)
  expect(subscribe(20)).toBe(ENFILE)
  expect(subscribe(3)).toBe(0)
  kernel.pids = [20]
  expect(subscribe(20)).toBe(0)
  expect(kernel.handles.size).toBe(handles + 1)
})

test('lengths, leases and shared memory of clients are checked', async () => {
  const { kernel, sent, arrive, receive } = await bench()
  for (const length of [0, 13, 1515, -1, 2 ** 40]) {
    const lease = frame(2000)
    expect(kernel.call(SEND, { words: [0, 0, length], lease }).tag).toBe(EMSGSIZE)
  }
  expect(kernel.call(SEND, { words: [0, 0, 100], lease: frame(99) }).tag).toBe(EINVAL)
  expect(kernel.call(SEND, { words: [0, 0, 100] }).tag).toBe(EPERM)
  expect(kernel.call(SEND, { words: [5, 0, 100], lease: frame(100) }).tag).toBe(EINVAL)
  expect(sent).toEqual([])
  arrive(frame(100))
  kernel.run()
  // The frame stays until somebody can take it.
  expect(receive(99)).toBe(EMSGSIZE)
  expect(kernel.call(RECV, { words: [0, 0, 1514] }).tag).toBe(EPERM)
  expect(kernel.call(RECV, { words: [0, 0, -1] }).tag).toBe(EINVAL)
  const shm = kernel.share(4096)
  const id = kernel.call(ATTACH, { handle: shm }).tag
  expect(kernel.call(RECV, { words: [id, 4000, 1514] }).tag).toBe(EINVAL)
  expect(kernel.call(RECV, { words: [id, 100, 1514], pid: 3 }).tag).toBe(EINVAL)
  expect(kernel.call(RECV, { words: [id, 100, 1514] }).tag).toBe(100)
  const at = shm.address + 100
  expect(kernel.memory.slice(at, at + 100)).toEqual(frame(100))
  expect(kernel.call(SEND, { words: [id, 100, 100] }).tag).toBe(100)
  expect(sent).toEqual([frame(100)])
  shm.revoked = true
  expect(kernel.call(SEND, { words: [id, 100, 100] }).tag).toBe(EFAULT)
  expect(receive()).toBe(0)
})

test('a device without a network says that its link is down', async () => {
  const { kernel, send } = await bench(false)
  expect(kernel.call(INFO).words[1]).toBe(0)
  expect(send(frame(60))).toBe(60)
})

test('a device that needs a reset is started again', async () => {
  const { kernel, mmio, sent, arrive, send, receive } = await bench()
  ;(mmio as unknown as { fail(reason: string): void }).fail('a test')
  kernel.run()
  expect(send(frame(60))).toBe(60)
  expect(sent).toEqual([frame(60)])
  arrive(frame(70))
  kernel.run()
  expect(receive()).toEqual(frame(70))
})

test('without a device every request gets its error', async () => {
  const kernel = new FakeKernel()
  expect(await kernel.start(await wasm)).toBeLessThan(0)
  kernel.guest.call('refuse', EIO)
  for (const tag of [SEND, RECV, INFO, ATTACH, SUBSCRIBE]) expect(kernel.call(tag).tag).toBe(EIO)
})
