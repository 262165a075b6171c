/**
 * Arm semihosting by HLT #0xf000, as far as a test program needs it: writing to the console, and exit.
 *
 * Source: Arm "Semihosting for AArch32 and AArch64" 2.0. Operation in w0, parameter (block) in x1, result in x0. Files,
 * command line and heap are refused (-1), so that a guest never reaches the host's files.
 */

const SYS_OPEN = 0x01
const SYS_CLOSE = 0x02
const SYS_WRITEC = 0x03
const SYS_WRITE0 = 0x04
const SYS_WRITE = 0x05
const SYS_ISERROR = 0x08
const SYS_ISTTY = 0x09
const SYS_EXIT = 0x18
const SYS_EXIT_EXTENDED = 0x20

/** The reason of a normal end: the exit status is its second word. */
const ADP_STOPPED_APPLICATION_EXIT = 0x20026
/** The one file that can be opened is ":tt", the console; its handle. */
const CONSOLE_HANDLE = 1
/** The longest text or buffer one call may write. */
const MAX_BYTES = 64 << 10
/** The smallest page of a guest. */
const PAGE = 4096

/** What semihosting does to the machine. */
export interface SemihostingMachine {
  getX(cpu: number, n: number): bigint
  setX(cpu: number, n: number, value: bigint): void
  /** Reads guest memory through the vCPU's translation; undefined if any byte is not readable. */
  readVirtual(cpu: number, address: bigint, bytes: number): Uint8Array | undefined
  writeConsole(byte: number): void
  exit(status: number): void
}

/** Serves one call. The vCPU's registers hold the result when this returns. */
export function semihostingCall(machine: SemihostingMachine, cpu: number): void {
  const operation = Number(machine.getX(cpu, 0) & 0xffff_ffffn)
  const result = new Call(machine, cpu, machine.getX(cpu, 1)).run(operation)
  machine.setX(cpu, 0, BigInt.asUintN(64, BigInt(result)))
}

class Call {
  constructor(
    private readonly machine: SemihostingMachine,
    private readonly cpu: number,
    private readonly parameter: bigint,
  ) {}

  run(operation: number): number {
    switch (operation) {
      case SYS_WRITEC:
        return this.writeBytes(this.parameter, 1)
      case SYS_WRITE0:
        return this.writeText()
      case SYS_WRITE:
        return this.write()
      case SYS_OPEN:
        return this.open()
      case SYS_CLOSE:
        return 0
      case SYS_ISTTY:
        return 1
      case SYS_ISERROR:
        return BigInt.asIntN(64, this.word(0) ?? 0n) < 0n ? 1 : 0
      case SYS_EXIT:
      case SYS_EXIT_EXTENDED:
        this.machine.exit(this.exitStatus())
        return 0
      default:
        return -1
    }
  }

  /** Word `n` of the parameter block. */
  private word(n: number): bigint | undefined {
    const bytes = this.machine.readVirtual(this.cpu, this.parameter + BigInt(n * 8), 8)
    return bytes && new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  }

  private writeBytes(address: bigint, bytes: number): number {
    const data = this.machine.readVirtual(this.cpu, address, bytes)
    if (!data) return -1
    for (const byte of data) this.machine.writeConsole(byte)
    return 0
  }

  private writeText(): number {
    for (let done = 0; done < MAX_BYTES; ) {
      // Page by page: the page after the text need not be readable.
      const address = this.parameter + BigInt(done)
      const room = PAGE - Number(address & BigInt(PAGE - 1))
      const data = this.machine.readVirtual(this.cpu, address, Math.min(room, MAX_BYTES - done))
      if (!data) return -1
      const end = data.indexOf(0)
      for (const byte of end < 0 ? data : data.subarray(0, end)) this.machine.writeConsole(byte)
      if (end >= 0) return 0
      done += data.length
    }
    return -1
  }

  /** Returns the number of bytes not written. */
  private write(): number {
    const [handle, address, length] = [this.word(0), this.word(1), this.word(2)]
    if (handle === undefined || address === undefined || length === undefined) return -1
    if (handle !== BigInt(CONSOLE_HANDLE)) return -1
    const bytes = Number(length < BigInt(MAX_BYTES) ? length : BigInt(MAX_BYTES))
    return this.writeBytes(address, bytes) === 0 ? Number(length) - bytes : Number(length)
  }

  private open(): number {
    const [address, length] = [this.word(0), this.word(2)]
    if (address === undefined || length !== 3n) return -1
    const name = this.machine.readVirtual(this.cpu, address, 3)
    return name && new TextDecoder().decode(name) === ':tt' ? CONSOLE_HANDLE : -1
  }

  private exitStatus(): number {
    if (this.word(0) !== BigInt(ADP_STOPPED_APPLICATION_EXIT)) return 1
    return Number((this.word(1) ?? 1n) & 0xffn)
  }
}
