/**
 * A kernel for tests of servers: what one server asks of it, played in this process, with the machine's own device models
 * behind mapped registers. Addresses are those of the server's memory; physical ones are `PHYSICAL` higher.
 */
import type { DeviceHost, GuestMemory } from '../../../devices/device.ts'
import { FakeHost } from '../../../devices/virtio/driver.fixture.ts'
import { type Guest, instantiateGuest } from '../../testing/compile.ts'

const PHYSICAL = 0x1_4000_0000
export const REGISTERS = 0x3_0000_0000
const REGISTER_BYTES = 0x200

/** Numbers of the calls a server makes (kernel/abi). */
const SYS = {
  RECV: 2,
  CALL: 3,
  REPLY: 4,
  REPLY_TO: 5,
  NOTIFY: 7,
  SHMMAP: 11,
  SHMUNMAP: 12,
  IRQ_REGISTER: 30,
  IRQ_ACK: 32,
  DEVICE_MAP: 34,
  DEVICE_RESET_DONE: 35,
  DMA_CREATE: 36,
  DMA_PHYSICAL: 37,
  ENDPOINT_CREATE: 40,
  ENDPOINT_MINT: 41,
  HANDLE_COPY: 43,
  HANDLE_ATTACH: 45,
  HANDLE_TAKE: 46,
  LEASE: 50,
  LEASE_READ: 51,
  LEASE_WRITE: 52,
  LEASE_INFO: 53,
  CLOSE: 57,
  PIPE: 59,
  READ: 63,
  WRITE: 64,
  SYSINFO: 100,
  TASKINFO: 101,
  CLOCK: 113,
  TIMER_SET: 114,
  HANDLE_INFO: 202,
} as const

const EBADF = -9
const EAGAIN = -11
const EFAULT = -14
const EINVAL = -22
const EPERM = -1
const ESRCH = -3
const ENOENT = -2
const EMFILE = -24

/** Message of the stream protocol that the kernel sends. */
const CLOSED = 602

export const READ = 1
export const WRITE = 2

/** What a handle stands for. */
export interface Obj {
  kind: 'endpoint' | 'shm' | 'notification' | 'device' | 'dma' | 'pipe'
  /** Shared memory, DMA memory: where it is in the server's memory. */
  address?: number
  bytes?: number
  /** Shared memory that was filled before the server started. */
  content?: Uint8Array
  /** Endpoint: the session. */
  badge?: number
  /** Notification: what was notified. */
  bits?: number
  pipe?: { data: number[] }
  /** Shared memory that its owner has taken away. */
  revoked?: boolean
  /** Who answers calls: another server. */
  answer?: (tag: number, words: bigint[], lease: Lease) => { tag: number; words?: bigint[] }
}

interface Lease {
  bytes: Uint8Array
  access: number
}

/** What a client sends. */
export interface Request {
  words?: (number | bigint)[]
  lease?: Uint8Array
  access?: number
  handle?: Obj
  badge?: number
  pid?: number
  /** Sent without waiting for a reply. */
  silent?: boolean
}

/** What it gets. */
export interface Reply {
  tag: number
  words: number[]
  handle: Obj | undefined
}

interface Call {
  token: number
  tag: number
  words: bigint[]
  lease: Lease
  handle: Obj | undefined
  badge: number
  pid: number
  reply?: Reply
}

export class FakeKernel {
  readonly handles = new Map<number, Obj>()
  /** Processes that TASKINFO lists. */
  pids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
  /** Monotonic and real time in nanoseconds. */
  clock = 1_700_000_000_000_000_000n
  readonly host: FakeHost = new FakeHost(4096)
  /** For device models: DMA goes to the server's memory. */
  readonly deviceHost: DeviceHost
  /** Registers of the device in slot 57. */
  registers:
    | {
        read(offset: number, size: 1 | 2 | 4): number
        write(offset: number, size: 1 | 2 | 4, value: number): void
      }
    | undefined
  resets = 0
  freePages = 8192
  guest!: Guest
  private readonly queue: Call[] = []
  private readonly waiting = new Map<number, Call>()
  private nextToken = 1
  private pending = 0n
  private interruptBits = 0n
  private interruptLevel = false
  private interruptMasked = true
  private arrived: Obj | undefined
  private attached: Obj | undefined
  /** The slot of a handle that is moved. */
  private attachedSlot = -1
  /** Bits the timer sets, 0 if it is not set. */
  private timer = 0n
  private doomed: { reply?: Reply } | undefined
  private lent: { address: number; length: number; access: number } | undefined
  private last: Call | undefined

  constructor() {
    const physical = (pa: number, bytes: number) => {
      const at = pa - PHYSICAL
      return at >= 0 && at + bytes <= this.memory.length
        ? this.memory.subarray(at, at + bytes)
        : undefined
    }
    const memory: GuestMemory = {
      dmaRead: physical,
      dmaView: physical,
      dmaWrite(pa, data) {
        const view = physical(pa, data.length)
        view?.set(data)
        return view !== undefined
      },
    }
    const { events, random } = this.host
    const input = this.host.input.bind(this.host)
    this.deviceHost = { memory, events, random, input }
    this.handles.set(57, { kind: 'device' })
    this.handles.set(59, { kind: 'endpoint', badge: 0 })
  }

  /** The interrupt line of the device. */
  readonly irq = {
    set: (level: boolean): void => {
      this.interruptLevel = level
      this.interrupt()
    },
  }

  get memory(): Uint8Array {
    return new Uint8Array(this.guest.memory.buffer)
  }

  /** Starts a server from a module that exports open, run and allocate. */
  async start(wasm: Uint8Array): Promise<number> {
    const call6 = (number: bigint, ...rest: (bigint | number)[]) => {
      const out = rest.pop() as number
      const results = this.system(Number(number), rest as bigint[])
      const view = new DataView(this.guest.memory.buffer)
      for (let i = 0; i < 6; i++) view.setBigInt64(out + i * 8, BigInt(results[i] ?? 0), true)
    }
    const call = (number: bigint, ...rest: bigint[]) =>
      BigInt(this.system(Number(number), rest)[0] ?? 0)
    const read = (size: 1 | 2 | 4) => (address: bigint) => {
      const at = BigInt.asUintN(64, address)
      const offset = Number(at) - REGISTERS
      if (offset >= 0 && offset < REGISTER_BYTES) return this.registers!.read(offset, size)
      const view = new DataView(this.guest.memory.buffer)
      if (size === 1) return view.getUint8(Number(at))
      return size === 2 ? view.getUint16(Number(at), true) : view.getUint32(Number(at), true)
    }
    const write = (size: 1 | 2 | 4) => (address: bigint, value: number) => {
      const offset = Number(BigInt.asUintN(64, address)) - REGISTERS
      if (offset < 0 || offset >= REGISTER_BYTES) throw new Error('Writes beside the registers')
      this.registers!.write(offset, size, value >>> 0)
    }
    this.guest = await instantiateGuest(wasm, {
      svc: { call, call6 },
      mem64: {
        load8: read(1),
        load16: read(2),
        load32: read(4),
        store8: write(1),
        store16: write(2),
        store32: write(4),
      },
      sys: { dmb_sy() {} },
    } as never)
    return this.guest.call('open')
  }

  /** Memory of the server that stands for shared memory of a client. */
  share(bytes: number): Obj & { address: number } {
    return { kind: 'shm', bytes, address: this.guest.call('allocate', bytes) }
  }

  /** Sends a message; the server runs until nothing happens any more. */
  send(tag: number, request: Request = {}): { reply?: Reply } {
    const call = this.post(tag, request)
    this.run()
    return call
  }

  /** Puts a message into the queue of the server, which does not run yet. */
  post(tag: number, request: Request = {}): { reply?: Reply } {
    const words = [0, 1, 2, 3].map((i) => BigInt(request.words?.[i] ?? 0))
    const call: Call = {
      token: request.silent ? 0 : this.nextToken++,
      tag,
      words,
      lease: { bytes: request.lease ?? new Uint8Array(), access: request.access ?? 3 },
      handle: request.handle,
      badge: request.badge ?? 0,
      pid: request.pid ?? 2,
    }
    this.queue.push(call)
    return call
  }

  /** A message whose sender ends while the server works on it. */
  dying(tag: number, request: Request): { reply?: Reply } {
    const call = this.post(tag, request)
    this.doomed = call
    this.run()
    return call
  }

  /** A message that must be answered at once. */
  call(tag: number, request: Request = {}): Reply {
    const { reply } = this.send(tag, request)
    if (!reply) throw new Error(`Message ${tag} is not answered`)
    return reply
  }

  /** The client closes the last handle of a session. */
  closeSession(session: Obj | undefined): void {
    this.send(CLOSED, { badge: session!.badge!, silent: true })
  }

  /** The timer of the server goes off, if it is set. */
  fireTimer(): void {
    this.clock += 10_000_000_000n
    this.pending |= this.timer
    this.timer = 0n
    this.run()
  }

  /** A client that waits ends: its lease and its wish for a reply go with it. */
  end(pid: number): void {
    this.pids = this.pids.filter((other) => other !== pid)
    for (const [token, call] of this.waiting) if (call.pid === pid) this.waiting.delete(token)
  }

  /** Lets server and device work until nothing is left to do. */
  run(): void {
    for (let rounds = 0; ; rounds++) {
      if (rounds > 1000) throw new Error('The server does not come to rest')
      const result = this.guest.call('run')
      if (Number(result) !== EAGAIN) throw new Error(`The server ended with ${result}`)
      if (this.host.settle() === 0 && this.queue.length === 0 && this.pending === 0n) return
    }
  }

  private interrupt(): void {
    if (!this.interruptLevel || this.interruptMasked) return
    this.interruptMasked = true
    this.pending |= this.interruptBits
  }

  private slot(): number {
    for (let slot = 64; slot < 256; slot++) if (!this.handles.has(slot)) return slot
    return EMFILE
  }

  private install(object: Obj | undefined): number {
    if (!object) return ENOENT
    const slot = this.slot()
    if (slot > 0) this.handles.set(slot, object)
    return slot
  }

  private caller(sender: bigint): Call | undefined {
    return this.waiting.get(Number(BigInt.asUintN(32, sender)))
  }

  private answer(call: Call | undefined, tag: bigint, words: readonly bigint[]): number[] {
    const handle = this.attached
    this.attached = undefined
    if (call && call === this.doomed) this.waiting.delete(call.token)
    if (!call || !this.waiting.delete(call.token)) return [ESRCH]
    if (handle && this.attachedSlot >= 0) this.handles.delete(this.attachedSlot)
    call.reply = { tag: Number(tag), words: words.map(Number), handle }
    return [0]
  }

  /** Whether the kernel can reach these addresses. */
  private reachable(address: number, length: number): boolean {
    for (const { kind, revoked, address: start, bytes } of this.handles.values()) {
      if (kind !== 'shm' || !revoked || start === undefined) continue
      if (address < start + bytes! && address + length > start) return false
    }
    return address >= 0 && address + length <= this.memory.length
  }

  private receive(mask: bigint): (number | bigint)[] {
    const bits = this.pending & mask
    if (bits !== 0n) {
      this.pending &= ~bits
      return [0, 0, bits]
    }
    const call = this.queue.shift()
    if (!call) return [EAGAIN]
    if (call.token !== 0) this.waiting.set(call.token, call)
    this.last = call
    this.arrived = call.handle
    return [(BigInt(call.badge) << 32n) | BigInt(call.token), call.tag, ...call.words]
  }

  private lease(args: bigint[], write: boolean): number[] {
    const call = this.caller(args[0]!)
    if (!call) return [ESRCH]
    const [offset, address, length] = args.slice(1, 4).map((x) => Number(BigInt.asUintN(64, x)))
    if (!(call.lease.access & (write ? WRITE : READ)) || call.lease.bytes.length === 0)
      return [EPERM]
    const count = Math.max(0, Math.min(length!, call.lease.bytes.length - offset!))
    if (!this.reachable(address!, count)) return [EFAULT]
    const lent = call.lease.bytes.subarray(offset, offset! + count)
    if (write) lent.set(this.memory.subarray(address, address! + count))
    else this.memory.set(lent, address)
    return [count]
  }

  /** Calls another server: one that a test plays. */
  private callOut(args: bigint[]): (number | bigint)[] {
    const target = this.handles.get(Number(args[0]))
    const lent = this.lent
    this.lent = undefined
    this.attached = undefined
    if (!target?.answer) return [EBADF]
    const bytes = lent
      ? this.memory.subarray(lent.address, lent.address + lent.length)
      : new Uint8Array()
    const reply = target.answer(Number(args[1]), args.slice(2, 6), {
      bytes,
      access: lent?.access ?? 0,
    })
    return [reply.tag, ...(reply.words ?? [])]
  }

  private close(slot: number): number {
    const object = this.handles.get(slot)
    if (!object) return EBADF
    this.handles.delete(slot)
    const last = ![...this.handles.values()].includes(object)
    if (last && object.badge) this.post(CLOSED, { badge: object.badge, silent: true })
    return 0
  }

  private system(number: number, args: bigint[]): (number | bigint)[] {
    const [a, b, c] = args.map((x) => Number(x)) as [number, number, number]
    const object = this.handles.get(a)
    switch (number) {
      case SYS.RECV:
        return this.receive(BigInt.asUintN(64, args[1]!))
      case SYS.CALL:
        return this.callOut(args)
      case SYS.REPLY:
        return this.answer(this.last, args[0]!, args.slice(1, 5))
      case SYS.REPLY_TO:
        return this.answer(this.caller(args[0]!), args[1]!, args.slice(2, 6))
      case SYS.NOTIFY:
        if (object?.kind !== 'notification') return [EBADF]
        if (object.revoked) return [ESRCH]
        object.bits = (object.bits ?? 0) | b
        return [0]
      case SYS.SHMMAP:
        if (!object || object.revoked) return [EBADF]
        if (object.content && object.address === undefined) {
          object.address = this.guest.call('allocate', object.content.length)
          this.memory.set(object.content, object.address)
        }
        return [object.address ?? EBADF]
      case SYS.SHMUNMAP:
        return [object ? 0 : EBADF]
      case SYS.IRQ_REGISTER:
        this.interruptBits = args[1]!
        this.interruptMasked = false
        this.interrupt()
        return [0]
      case SYS.IRQ_ACK:
        this.interruptMasked = false
        this.interrupt()
        return [0]
      case SYS.DEVICE_MAP:
        return [this.registers ? REGISTERS : EBADF]
      case SYS.DEVICE_RESET_DONE:
        this.resets++
        return [0]
      case SYS.DMA_CREATE: {
        // Pages: the allocator of the server gives multiples of 16.
        const address = (this.guest.call('allocate', b + 4096) + 4095) & ~4095
        return [this.install({ kind: 'dma', address, bytes: b })]
      }
      case SYS.DMA_PHYSICAL:
        return object?.kind === 'dma' ? [PHYSICAL + object.address!, object.bytes!] : [EBADF]
      case SYS.ENDPOINT_CREATE:
        return [this.install({ kind: 'endpoint', badge: 0 })]
      case SYS.ENDPOINT_MINT:
        return object?.kind === 'endpoint'
          ? [this.install({ kind: 'endpoint', badge: b })]
          : [EBADF]
      case SYS.HANDLE_COPY:
        return [object ? this.install(object) : EBADF]
      case SYS.HANDLE_ATTACH:
        this.attached = object
        this.attachedSlot = c === 1 ? a : -1
        return [object ? 0 : EBADF]
      case SYS.HANDLE_TAKE: {
        const taken = this.arrived
        this.arrived = undefined
        return [this.install(taken)]
      }
      case SYS.LEASE:
        this.lent = { address: a, length: b, access: c }
        return [0]
      case SYS.LEASE_READ:
        return this.lease(args, false)
      case SYS.LEASE_WRITE:
        return this.lease(args, true)
      case SYS.LEASE_INFO: {
        const call = this.caller(args[0]!)
        return call ? [call.lease.bytes.length, call.lease.access, call.pid] : [ESRCH]
      }
      case SYS.CLOSE:
        return [this.close(a)]
      case SYS.PIPE: {
        const pipe: Obj = { kind: 'pipe', pipe: { data: [] } }
        return [this.install(pipe), this.install(pipe)]
      }
      case SYS.WRITE:
        if (object?.kind !== 'pipe') return [EBADF]
        if (!this.reachable(b, c)) return [EFAULT]
        object.pipe!.data.push(...this.memory.subarray(b, b + c))
        return [c]
      case SYS.READ:
        if (object?.kind !== 'pipe') return [EBADF]
        if (!this.reachable(b, c)) return [EFAULT]
        this.memory.set(object.pipe!.data.splice(0, c), b)
        return [c]
      case SYS.TASKINFO: {
        if (a >= this.pids.length) return [ENOENT]
        this.memory.fill(0, b, b + 96)
        new DataView(this.guest.memory.buffer).setBigInt64(b, BigInt(this.pids[a]!), true)
        return [a]
      }
      case SYS.SYSINFO:
        return [0, 65536, this.freePages, 0, 0, 0]
      case SYS.TIMER_SET:
        this.timer = args[1]!
        return [0]
      case SYS.CLOCK:
        return [this.clock]
      case SYS.HANDLE_INFO: {
        const kinds = ['', 'endpoint', 'shm', 'notification', 'device', 'dma', 'task', 'pipe']
        return object
          ? [kinds.indexOf(object.kind), 511, object.bytes ?? object.badge ?? 0]
          : [EBADF]
      }
      default:
        return [EINVAL]
    }
  }
}
