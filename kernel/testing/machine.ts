/**
 * What the kernel's instructions act on in tests: physical memory, the registers it reads and writes, a clock that only moves when
 * the kernel waits, and a translation of user addresses by the tables the kernel made, with their permissions.
 */
import { addressOf } from '../assembly/layout.ts'

export const MEMORY_BASE = 0x4000_0000n
const MASK = (1n << 64n) - 1n
const PAGE = 4096n

/** Thrown when nothing can ever happen again: all tasks wait and no timer is set. */
export class Halted extends Error {}

/** Thrown by PSCI calls. */
export class PowerOff extends Error {}

const VALID = 1n
const USER = 1n << 6n
const READ_ONLY = 1n << 7n
const UXN = 1n << 54n
const FRAME = 0x0000_ffff_ffff_f000n

const TIMER_INTERRUPT = 27n
const NO_INTERRUPT = 1023n

export class FakeMachine {
  readonly memory: Uint8Array
  readonly view: DataView
  readonly registers = new Map<string, bigint>([
    ['cntfrq_el0', 1_000_000_000n],
    ['midr_el1', 0x411fd070n],
    ['mpidr_el1', 0x8000_0000n],
  ])
  /** Interrupts that are raised. */
  readonly raised = new Set<bigint>()
  /** Interrupts the distributor lets through. */
  readonly enabled = new Set<bigint>()
  readonly uart: number[] = []
  ticks = 1000n
  linear: DataView = new DataView(new ArrayBuffer(0))
  takeInterrupts: () => void = () => {}
  /** Where the image is in memory. */
  image = 0n

  constructor(bytes: number) {
    this.memory = new Uint8Array(bytes)
    this.view = new DataView(this.memory.buffer)
  }

  /** Finds the bytes of an address, or undefined for registers of devices. */
  #locate(address: bigint): { view: DataView; at: number } | undefined {
    const linear = address - addressOf('LINEAR_BASE')
    if (linear >= 0n && linear < BigInt(this.linear.byteLength)) {
      return { view: this.linear, at: Number(linear) }
    }
    let physical = address
    if (address >= addressOf('IMAGE_BASE'))
      physical = this.image + (address - addressOf('IMAGE_BASE'))
    else if (address >= addressOf('DEVICE_MAP')) return undefined
    else if (address >= addressOf('DIRECT_MAP')) physical = address - addressOf('DIRECT_MAP')
    const at = physical - MEMORY_BASE
    if (at >= 0n && at < BigInt(this.memory.length)) return { view: this.view, at: Number(at) }
    if (physical < MEMORY_BASE) return undefined
    throw new Error(`The kernel accessed 0x${address.toString(16)}, where nothing is`)
  }

  #device(address: bigint): bigint {
    return address >= addressOf('DEVICE_MAP') ? address - addressOf('DEVICE_MAP') : address
  }

  load(address: bigint, bytes: number): bigint {
    const place = this.#locate(address & MASK)
    if (!place) return this.#loadRegister(this.#device(address & MASK))
    if (bytes === 1) return BigInt(place.view.getUint8(place.at))
    return bytes === 4
      ? BigInt(place.view.getUint32(place.at, true))
      : place.view.getBigUint64(place.at, true)
  }

  store(address: bigint, bytes: number, value: bigint): void {
    const place = this.#locate(address & MASK)
    if (!place) return this.#storeRegister(this.#device(address & MASK), value)
    if (bytes === 1) place.view.setUint8(place.at, Number(value & 0xffn))
    else if (bytes === 4) place.view.setUint32(place.at, Number(value & 0xffff_ffffn), true)
    else place.view.setBigUint64(place.at, value, true)
  }

  #loadRegister(address: bigint): bigint {
    return address === 0x800_0004n ? 31n : 0n
  }

  #storeRegister(address: bigint, value: bigint): void {
    if (address === 0x900_0000n) this.uart.push(Number(value & 0xffn))
    const distributor = address - 0x800_0000n
    const isEnable = distributor >= 0x100n && distributor < 0x180n
    const isDisable = distributor >= 0x180n && distributor < 0x200n
    if (!isEnable && !isDisable) return
    const first = ((distributor & 0x7fn) / 4n) * 32n
    for (let bit = 0n; bit < 32n; bit++) {
      if (((value >> bit) & 1n) === 0n) continue
      if (isEnable) this.enabled.add(first + bit)
      else this.enabled.delete(first + bit)
    }
  }

  get #timerIsDue(): boolean {
    return (
      this.registers.get('cntv_ctl_el0') === 1n &&
      this.ticks >= (this.registers.get('cntv_cval_el0') ?? 0n)
    )
  }

  claim(): bigint {
    if (this.#timerIsDue) return TIMER_INTERRUPT
    for (const interrupt of this.raised) {
      if (!this.enabled.has(interrupt)) continue
      this.raised.delete(interrupt)
      return interrupt
    }
    return NO_INTERRUPT
  }

  get hasInterrupt(): boolean {
    return this.#timerIsDue || [...this.raised].some((one) => this.enabled.has(one))
  }

  waitForInterrupt(): void {
    if (!this.hasInterrupt) {
      if (this.registers.get('cntv_ctl_el0') !== 1n) throw new Halted('All tasks wait')
      this.ticks = this.registers.get('cntv_cval_el0')!
    }
    this.takeInterrupts()
  }

  /** Physical address of a user address for one kind of access, or undefined for a fault. */
  translate(address: bigint, access: 'read' | 'write' | 'execute'): bigint | undefined {
    if (address >= addressOf('USER_END')) return undefined
    let table = (this.registers.get('ttbr0_el1') ?? 0n) & FRAME
    for (let level = 0n; ; level++) {
      const entry = this.load(
        addressOf('DIRECT_MAP') + table + ((address >> (39n - 9n * level)) & 511n) * 8n,
        8,
      )
      if ((entry & VALID) === 0n) return undefined
      if (level < 3n) {
        table = entry & FRAME
        continue
      }
      if ((entry & USER) === 0n) return undefined
      if (access === 'write' && (entry & READ_ONLY) !== 0n) return undefined
      if (access === 'execute' && (entry & UXN) !== 0n) return undefined
      if ((entry & USER) !== 0n && (entry & READ_ONLY) === 0n && (entry & UXN) === 0n) {
        throw new Error(`Page 0x${address.toString(16)} is writable and executable`)
      }
      return (entry & FRAME) + (address & 4095n)
    }
  }

  /** Copies a byte run between user and kernel memory until a page faults; returns bytes left. */
  copyUser(kernel: bigint, user: bigint, length: bigint, toUser: boolean): bigint {
    while (length > 0n) {
      const physical = this.translate(user, toUser ? 'write' : 'read')
      if (physical === undefined) return length
      const rest = PAGE - (user & 4095n)
      const count = rest < length ? rest : length
      const direct = addressOf('DIRECT_MAP') + physical
      this.copy(toUser ? direct : kernel, toUser ? kernel : direct, count)
      kernel += count
      user += count
      length -= count
    }
    return 0n
  }

  copy(to: bigint, from: bigint, length: bigint): void {
    const bytes = Number(length)
    const target = this.#locate(to)
    const source = this.#locate(from)
    if (!target || !source) throw new Error('The kernel copied registers of a device')
    const data = new Uint8Array(source.view.buffer, source.at, bytes)
    new Uint8Array(target.view.buffer).set(data, target.at)
  }

  /** The functions the kernel imports. */
  imports(): Bun.WebAssembly.Imports {
    const unsigned = (value: bigint): bigint => value & MASK
    const read = (name: string): bigint => {
      if (name === 'cntvct_el0') return this.ticks
      return name === 'icc_iar1_el1' ? this.claim() : (this.registers.get(name) ?? 0n)
    }
    const table = <T>(make: (name: string) => T) =>
      new Proxy({}, { get: (_, name) => make(String(name)) })
    return {
      mrs: table((name) => () => read(name)),
      msr: table((name) => (value: bigint) => this.registers.set(name, unsigned(value))),
      sys: table((name) => () => {
        if (name === 'wfi') throw new Halted('The kernel stopped')
      }),
      mem64: {
        load8: (at: bigint) => Number(this.load(unsigned(at), 1)),
        load32: (at: bigint) => Number(this.load(unsigned(at), 4)),
        load64: (at: bigint) => this.load(unsigned(at), 8),
        store8: (at: bigint, value: number) => this.store(unsigned(at), 1, BigInt(value)),
        store32: (at: bigint, value: number) => this.store(unsigned(at), 4, BigInt(value >>> 0)),
        store64: (at: bigint, value: bigint) => this.store(unsigned(at), 8, unsigned(value)),
      },
      asm: {
        copy_in: (to: bigint, from: bigint, length: bigint) =>
          this.copyUser(unsigned(to), unsigned(from), unsigned(length), false),
        copy_out: (to: bigint, from: bigint, length: bigint) =>
          this.copyUser(unsigned(from), unsigned(to), unsigned(length), true),
        copy: (to: bigint, from: bigint, length: bigint) =>
          this.copy(unsigned(to), unsigned(from), length),
        zero_page: (at: bigint) => {
          const place = this.#locate(unsigned(at))!
          new Uint8Array(place.view.buffer, place.at, Number(PAGE)).fill(0)
        },
        interrupt_window: () => {
          if (this.hasInterrupt) this.takeInterrupts()
        },
        wait_for_interrupt: () => this.waitForInterrupt(),
        save_fp: () => {},
        restore_fp: () => {},
        probe: (_at: bigint, word: bigint) => word,
        psci: () => {
          throw new PowerOff('The machine is off')
        },
      },
    } as unknown as Bun.WebAssembly.Imports
  }
}
