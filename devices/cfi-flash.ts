/**
 * One bank of NOR flash: two 16-bit chips side by side on a 32-bit bus, Intel command set.
 *
 * Source: JEDEC JESD68.01 (CFI) and JEP137, Intel StrataFlash J3/P30 datasheets. In array mode the bank is plain memory:
 * the guest reads and executes it without this device; all writes, and reads in other modes, come here. Programming
 * only clears bits, erasing a block sets them. Everything completes at once, so the status is always "ready". Block
 * locks are accepted and not kept. Not modelled: suspend, OTP registers.
 */
import type { AccessSize, Device } from './device.ts'
import { StateError, type StateObject, type StateReader } from './state.ts'

/** What the board gives a bank. */
export interface FlashBacking {
  /** The bank's content, as the guest reads it. */
  readonly bytes: Uint8Array
  /** Says whether reads go to memory (array mode) or to the device. */
  setArrayMode(on: boolean): void
  /** Called after the content of [offset, offset + bytes) changed: code caches must forget it, files must keep it. */
  changed(offset: number, bytes: number): void
}

/** Two chips with 128 KiB blocks. */
export const BLOCK_BYTES = 256 << 10
/** Largest write-to-buffer: 2 KiB a chip. */
const BUFFER_BYTES = 4096

const READ_ARRAY = 0xff
const READ_ID = 0x90
const READ_QUERY = 0x98
const READ_STATUS = 0x70
const CLEAR_STATUS = 0x50
const PROGRAM = 0x40
const PROGRAM_ALT = 0x10
const BUFFERED_PROGRAM = 0xe8
const BLOCK_ERASE = 0x20
const LOCK_SETUP = 0x60
const CONFIRM = 0xd0

const STATUS_READY = 0x80
/** Both error bits: the command sequence was wrong. */
const STATUS_SEQUENCE = 0x30

/** Manufacturer Intel, and the device code that QEMU's `virt` uses. */
const ID_CODES = [0x89, 0x18]

type Mode = 'array' | 'status' | 'id' | 'query'
const MODES: readonly Mode[] = ['array', 'status', 'id', 'query']
/** What the next write means. */
type Step = 'command' | 'program' | 'erase' | 'lock' | 'count' | 'fill' | 'confirm'
const STEPS: readonly Step[] = ['command', 'program', 'erase', 'lock', 'count', 'fill', 'confirm']

export class CfiFlash implements Device {
  readonly kind = 'cfi-flash'
  private readonly query: Uint8Array
  private mode: Mode = 'array'
  private step: Step = 'command'
  private status = STATUS_READY
  /** Writes still to come for the buffer. */
  private remaining = 0
  /** Writes collected for the buffer: offset, size, value of each. */
  private buffer: number[] = []

  constructor(private readonly backing: FlashBacking) {
    const bytes = backing.bytes.length
    if (bytes === 0 || bytes % BLOCK_BYTES !== 0) {
      throw new Error(`Cannot make a flash bank of ${bytes} bytes: a multiple of ${BLOCK_BYTES}`)
    }
    this.query = queryTable(bytes)
    backing.setArrayMode(true)
  }

  reset(): void {
    this.step = 'command'
    this.status = STATUS_READY
    this.remaining = 0
    this.buffer = []
    this.setMode('array')
  }

  read(offset: number, size: AccessSize): number {
    if (this.mode === 'array') return this.array(offset, size)
    const value = this.chipValue(offset)
    // Both chips answer, each on its half of the bus.
    const word = (value | (value << 16)) >>> 0
    return size === 4 ? word : word >>> (8 * (offset & 3))
  }

  write(offset: number, size: AccessSize, value: number): void {
    switch (this.step) {
      case 'command':
        this.command(value & 0xff)
        break
      case 'program':
        this.program(offset, size, value)
        this.done()
        break
      case 'erase':
        if ((value & 0xff) === CONFIRM) {
          this.erase(offset)
          this.done()
        } else {
          this.fail()
        }
        break
      case 'lock':
        this.done()
        break
      case 'count':
        this.remaining = (value & 0xffff) + 1
        this.buffer = []
        if (this.remaining * size > BUFFER_BYTES) this.fail()
        else this.step = 'fill'
        break
      case 'fill':
        this.buffer.push(offset, size, value)
        this.remaining--
        if (this.remaining === 0) this.step = 'confirm'
        break
      case 'confirm':
        if ((value & 0xff) === CONFIRM && this.bufferInOneBlock()) {
          for (let n = 0; n < this.buffer.length; n += 3) {
            this.program(this.buffer[n]!, this.buffer[n + 1] as AccessSize, this.buffer[n + 2]!)
          }
          this.done()
        } else {
          this.fail()
        }
        break
    }
  }

  /** Content is memory: the machine saves it with RAM. */
  save(): StateObject {
    const { mode, step, status, remaining, buffer } = this
    return { version: 1, mode, step, status, remaining, buffer: [...buffer] }
  }

  restore(state: StateReader): void {
    state.version(1)
    const mode = MODES.find((name) => name === state.string('mode'))
    const step = STEPS.find((name) => name === state.string('step'))
    const buffer = state.unsignedList('buffer', 32, undefined, 3 * BUFFER_BYTES)
    if (!mode || !step || !this.validBuffer(buffer)) {
      throw new StateError(`Cannot read ${state.path}: unknown mode, step or buffer`)
    }
    this.status = state.unsigned('status', 8)
    this.remaining = state.integer('remaining', 0, BUFFER_BYTES)
    this.step = step
    this.buffer = buffer
    this.setMode(mode)
  }

  private command(command: number): void {
    switch (command) {
      case READ_ID:
        this.setMode('id')
        break
      case READ_QUERY:
        this.setMode('query')
        break
      case READ_STATUS:
        this.setMode('status')
        break
      case CLEAR_STATUS:
        this.status = STATUS_READY
        break
      case PROGRAM:
      case PROGRAM_ALT:
        this.begin('program')
        break
      case BUFFERED_PROGRAM:
        this.begin('count')
        break
      case BLOCK_ERASE:
        this.begin('erase')
        break
      case LOCK_SETUP:
        this.begin('lock')
        break
      case READ_ARRAY:
        this.setMode('array')
        break
      default:
        // Firmware probes for other command sets (0xf0 is their reset): back to reading, as on the hardware.
        this.setMode('array')
    }
  }

  private begin(step: Step): void {
    this.step = step
    this.setMode('status')
  }

  private done(): void {
    this.step = 'command'
    this.status |= STATUS_READY
    this.buffer = []
  }

  private fail(): void {
    this.done()
    this.status |= STATUS_SEQUENCE
  }

  private setMode(mode: Mode): void {
    if (this.mode === mode) return
    this.mode = mode
    this.backing.setArrayMode(mode === 'array')
  }

  private chipValue(offset: number): number {
    const index = offset >> 2
    switch (this.mode) {
      case 'id':
        // Every block has the codes at its start; word 2 is its lock state: unlocked.
        return ID_CODES[index & ((BLOCK_BYTES >> 2) - 1)] ?? 0
      case 'query':
        return this.query[index] ?? 0
      default:
        return this.status
    }
  }

  private array(offset: number, size: AccessSize): number {
    let value = 0
    for (let n = 0; n < size; n++) value |= this.backing.bytes[offset + n]! << (8 * n)
    return value >>> 0
  }

  private program(offset: number, size: AccessSize, value: number): void {
    for (let n = 0; n < size; n++) this.backing.bytes[offset + n]! &= value >>> (8 * n)
    this.backing.changed(offset, size)
  }

  private erase(offset: number): void {
    const start = offset - (offset % BLOCK_BYTES)
    this.backing.bytes.fill(0xff, start, start + BLOCK_BYTES)
    this.backing.changed(start, BLOCK_BYTES)
  }

  private bufferInOneBlock(): boolean {
    const block = Math.floor(this.buffer[0]! / BLOCK_BYTES)
    for (let n = 0; n < this.buffer.length; n += 3) {
      if (Math.floor(this.buffer[n]! / BLOCK_BYTES) !== block) return false
    }
    return true
  }

  private validBuffer(buffer: readonly number[]): boolean {
    for (let n = 0; n < buffer.length; n += 3) {
      const [offset, size, value] = buffer.slice(n, n + 3)
      if (offset === undefined || value === undefined) return false
      if (size !== 1 && size !== 2 && size !== 4) return false
      if (offset % size !== 0 || offset + size > this.backing.bytes.length) return false
    }
    return true
  }
}

/** The CFI query structure of one chip of a bank of `bytes` bytes. */
function queryTable(bytes: number): Uint8Array {
  const blocks = bytes / BLOCK_BYTES
  const chipBlock = BLOCK_BYTES / 2 / 256
  const table = new Uint8Array(0x52)
  // "QRY", command set 1 (Intel extended), its table at 0x31, no alternate.
  table.set([0x51, 0x52, 0x59, 0x01, 0x00, 0x31, 0x00], 0x10)
  // Supply voltages, then typical and maximum times as powers of two.
  table.set([0x45, 0x55, 0x00, 0x00, 0x07, 0x07, 0x0a, 0x00, 0x04, 0x04, 0x04, 0x00], 0x1b)
  // Log2 of a chip's bytes, 16-bit interface, log2 of its write buffer, one erase region.
  table.set([Math.log2(bytes / 2), 0x02, 0x00, 0x0b, 0x00, 0x01], 0x27)
  table.set([(blocks - 1) & 0xff, (blocks - 1) >> 8, chipBlock & 0xff, chipBlock >> 8], 0x2d)
  // "PRI" 1.0: no optional features, one protection field.
  table.set([0x50, 0x52, 0x49, 0x31, 0x30], 0x31)
  table[0x3f] = 1
  return table
}
