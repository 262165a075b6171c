/**
 * One debugger's connection: packets in, replies out. GDB manual, appendix E "GDB Remote Serial Protocol".
 *
 * All-stop mode, one process whose threads are the vCPUs. Whatever the other side sends, nothing here throws: what is
 * malformed is answered with an error, what is unknown with the empty reply that the protocol asks for.
 */
import type { DebugStop } from '../run-control.ts'
import { type BreakpointKind, Breakpoints } from './breakpoints.ts'
import { fromHex, fromLittleEndian, hexAddress, hexNumber, textToHex, toHex } from './hex.ts'
import { PACKET_SIZE, PacketReader, packet } from './packet.ts'
import { PC } from './registers.ts'
import type { GdbTarget } from './target.ts'
import { parseThread, parseVCont, VCONT_ACTIONS } from './vcont.ts'

/** Malformed, not mapped, no room, busy. GDB shows the number and nothing else; these are the ones QEMU sends. */
const EINVAL = 'E22'
const EFAULT = 'E14'
const ENOSPC = 'E28'
const EBUSY = 'E16'
const SIGINT = 2
const SIGTRAP = 5
/** Every A64 instruction is this long: the kind of its breakpoints. */
const INSTRUCTION_BYTES = 4
const SUPPORTED = [
  `PacketSize=${PACKET_SIZE.toString(16)}`,
  'QStartNoAckMode+',
  'qXfer:features:read+',
  'vContSupported+',
  'swbreak+',
  'hwbreak+',
].join(';')

const HALTED =
  'All vCPUs wait, and nothing is queued that could wake one. The run ends if continued.\n'

/** A reply, or none yet: a machine that runs answers when it stops. */
type Reply = string | undefined

/** The connection beneath a session. */
export interface GdbConnection {
  send(bytes: Uint8Array): void
  /** Ends the connection after all that was sent. */
  end(): void
}

export class GdbSession {
  private readonly reader = new PacketReader()
  private readonly breakpoints: Breakpoints
  private acks = true
  private lastSent: Uint8Array | undefined
  private running = false
  private ended = false
  private lastStop: string
  /** The vCPU of register and memory packets, and of `c` and `s`. */
  private cpu: number
  private resumeCpu: number | undefined
  /** What the debugger understands of stop reasons. */
  private stopReasons = new Set<BreakpointKind>()

  /** Attaches to the target, which stops it. @throws Error if it has a debugger already. */
  constructor(
    private readonly target: GdbTarget,
    private readonly connection: GdbConnection,
  ) {
    this.breakpoints = new Breakpoints(target.maxBreakpoints)
    target.attach({
      stopped: (stop) => this.stopped(stop),
      ended: ({ status }) => this.exited(status),
    })
    this.cpu = target.lastCpu
    this.lastStop = this.stopReply(SIGTRAP, this.cpu)
  }

  /** Takes bytes of the connection, in pieces of any size. */
  receive(bytes: Uint8Array): void {
    for (const frame of this.reader.read(bytes)) {
      if (this.ended) return
      switch (frame.kind) {
        case 'packet':
          if (this.acks) this.sendText('+')
          this.handle(frame.data)
          break
        case 'too-long':
          if (this.acks) this.sendText('+')
          this.reply(EINVAL)
          break
        case 'damaged':
          // Without acknowledgements the transport is trusted, and there is no way to ask again.
          if (this.acks) this.sendText('-')
          break
        case 'nak':
          if (this.acks && this.lastSent) this.connection.send(this.lastSent)
          break
        case 'interrupt':
          this.interrupt()
          break
        case 'ack':
          break
      }
    }
  }

  /** The connection is gone: the machine runs on, without breakpoints. */
  close(): void {
    if (this.ended) return
    this.ended = true
    this.target.detach()
  }

  // ---- stopping and going on ---------------------------------------------------------------------------------------

  private interrupt(): void {
    if (!this.running) return
    this.target.hold()
    this.reportStop(this.stopReply(SIGINT, this.target.lastCpu), this.target.lastCpu)
  }

  private stopped({ kind, cpu }: DebugStop): void {
    if (!this.running) return
    if (kind === 'halted') {
      this.reply(`O${textToHex(HALTED)}`)
      this.reportStop(this.stopReply(SIGINT, cpu), cpu)
      return
    }
    const pc = fromLittleEndian(this.target.readRegister(cpu, PC))
    const breakpoint = kind === 'breakpoint' ? this.breakpoints.at(pc) : undefined
    this.reportStop(this.stopReply(SIGTRAP, cpu, breakpoint), cpu)
  }

  private reportStop(reply: string, cpu: number): void {
    this.running = false
    this.cpu = cpu
    this.lastStop = reply
    this.reply(reply)
  }

  private exited(status: number): void {
    if (this.ended) return
    if (this.running) this.reply(exitReply(status))
    this.close()
    this.connection.end()
  }

  private stopReply(signal: number, cpu: number, breakpoint?: BreakpointKind): string {
    let reply = `T${byte(signal)}thread:${threadId(cpu)};`
    if (breakpoint && this.stopReasons.has(breakpoint)) {
      reply += breakpoint === 'software' ? 'swbreak:;' : 'hwbreak:;'
    }
    return reply
  }

  private resume(how: {
    step?: number | undefined
    only?: ReadonlySet<number> | undefined
  }): Reply {
    const status = this.target.exitStatus
    if (status !== undefined) return exitReply(status)
    this.running = true
    this.target.setBreakpoints(this.breakpoints.addresses)
    this.target.resume(how)
    return undefined
  }

  /** `c`, `s`, `C`, `S`: an optional signal, and an optional address to go on at. */
  private resumeAt(step: boolean, address: string): Reply {
    const cpu = this.resumeCpu ?? this.cpu
    if (address !== '') {
      const pc = hexAddress(address)
      if (pc === undefined) return EINVAL
      this.target.setPc(cpu, pc)
    }
    return this.resume(step ? { step: cpu } : {})
  }

  private resumeWithSignal(step: boolean, text: string): Reply {
    const match = /^[0-9a-fA-F]{2}(?:;(.+))?$/.exec(text)
    return match ? this.resumeAt(step, match[1] ?? '') : EINVAL
  }

  // ---- packets -----------------------------------------------------------------------------------------------------

  private handle(data: Uint8Array): void {
    const text = Array.from(data, (byte) => String.fromCharCode(byte)).join('')
    const reply = this.answer(text)
    if (reply !== undefined && !this.ended) this.reply(reply)
  }

  private answer(text: string): Reply {
    const rest = text.slice(1)
    switch (text[0]) {
      case '?':
        return this.target.exitStatus === undefined
          ? this.lastStop
          : exitReply(this.target.exitStatus)
      case 'g':
        return this.readAll()
      case 'G':
        return this.writeAll(rest)
      case 'p':
        return this.readOne(rest)
      case 'P':
        return this.writeOne(rest)
      case 'm':
        return this.readMemory(rest)
      case 'M':
        return this.writeMemory(rest, fromHex)
      case 'X':
        return this.writeMemory(rest, bytesOf)
      case 'Z':
      case 'z':
        return this.breakpoint(text[0] === 'Z', rest)
      case 'H':
        return this.selectThread(rest)
      case 'T':
        return this.thread(rest) === undefined ? EINVAL : 'OK'
      case 'q':
      case 'Q':
        return this.query(text)
      case 'c':
      case 's':
      case 'C':
      case 'S':
      case 'v':
        return this.running ? EBUSY : this.control(text)
      case 'D':
        return this.detach()
      case 'k':
        this.kill()
        return undefined
      default:
        return ''
    }
  }

  private control(text: string): Reply {
    const rest = text.slice(1)
    switch (text[0]) {
      case 'c':
      case 's':
        return this.resumeAt(text[0] === 's', rest)
      case 'C':
      case 'S':
        return this.resumeWithSignal(text[0] === 'S', rest)
    }
    if (text === 'vCont?') return VCONT_ACTIONS
    if (text.startsWith('vCont;')) {
      const how = parseVCont(text.slice(5), this.target.cpus)
      return how ? this.resume(how) : EINVAL
    }
    if (text.startsWith('vKill')) {
      this.reply('OK')
      this.kill()
      return undefined
    }
    return ''
  }

  private detach(): Reply {
    this.reply('OK')
    this.close()
    this.connection.end()
    return undefined
  }

  private kill(): void {
    this.close()
    this.connection.end()
    this.target.kill()
  }

  // ---- registers and memory ----------------------------------------------------------------------------------------

  private readAll(): string {
    let text = ''
    for (let number = 0; number < this.target.generalRegisters; number++) {
      text += toHex(this.target.readRegister(this.cpu, number))
    }
    return text
  }

  private writeAll(text: string): string {
    const bytes = fromHex(text)
    if (!bytes) return EINVAL
    const values: Uint8Array[] = []
    let at = 0
    for (let number = 0; number < this.target.generalRegisters; number++) {
      const length = this.target.registerBytes(number)!
      values.push(bytes.subarray(at, at + length))
      at += length
    }
    if (at !== bytes.length) return EINVAL
    const written = values.map((value, n) => this.target.writeRegister(this.cpu, n, value))
    return written.every(Boolean) ? 'OK' : EINVAL
  }

  private readOne(text: string): string {
    const number = hexNumber(text)
    if (number === undefined || this.target.registerBytes(number) === undefined) return EINVAL
    return toHex(this.target.readRegister(this.cpu, number))
  }

  private writeOne(text: string): string {
    const [head, tail] = cut(text, '=')
    const number = hexNumber(head)
    const value = fromHex(tail)
    if (number === undefined || !value) return EINVAL
    if (this.target.registerBytes(number) !== value.length) return EINVAL
    return this.target.writeRegister(this.cpu, number, value) ? 'OK' : EINVAL
  }

  private readMemory(text: string): string {
    const [head, tail] = cut(text, ',')
    const address = hexAddress(head)
    const length = hexNumber(tail)
    if (address === undefined || length === undefined) return EINVAL
    // A shorter answer than was asked for is allowed.
    const most = Math.min(length, PACKET_SIZE / 2)
    const bytes = this.target.readMemory(this.cpu, address, most)
    return bytes.length === 0 && length > 0 ? EFAULT : toHex(bytes)
  }

  private writeMemory(text: string, decode: (data: string) => Uint8Array | undefined): string {
    const [head, data] = cut(text, ':')
    const [start, size] = cut(head, ',')
    const address = hexAddress(start)
    const bytes = decode(data)
    if (address === undefined || !bytes || hexNumber(size) !== bytes.length) return EINVAL
    return this.target.writeMemory(this.cpu, address, bytes) ? 'OK' : EFAULT
  }

  private breakpoint(insert: boolean, text: string): string {
    const [type, start, kind] = text.split(/[,;]/)
    if (type !== '0' && type !== '1') return ''
    const address = hexAddress(start)
    if (address === undefined || hexNumber(kind) !== INSTRUCTION_BYTES) return EINVAL
    if (address % 4n !== 0n) return EINVAL
    const which = type === '0' ? 'software' : 'hardware'
    if (!insert) this.breakpoints.remove(address, which)
    else if (!this.breakpoints.insert(address, which)) return ENOSPC
    if (this.running) this.target.setBreakpoints(this.breakpoints.addresses)
    return 'OK'
  }

  // ---- threads and queries -----------------------------------------------------------------------------------------

  /** A vCPU by the text of its thread id. */
  private thread(text: string): number | undefined {
    const thread = parseThread(text, this.target.cpus)
    return typeof thread === 'number' ? thread : undefined
  }

  private selectThread(text: string): string {
    const thread = parseThread(text.slice(1), this.target.cpus)
    if (thread === undefined) return EINVAL
    const cpu = typeof thread === 'number' ? thread : undefined
    if (text[0] === 'c') this.resumeCpu = cpu
    else if (text[0] === 'g') this.cpu = cpu ?? this.cpu
    else return EINVAL
    return 'OK'
  }

  private query(text: string): Reply {
    const [name, rest] = cut(text, /[:,]/)
    switch (name) {
      case 'qSupported':
        this.stopReasons = stopReasons(rest)
        return SUPPORTED
      case 'QStartNoAckMode':
        // This reply is the last one that is acknowledged.
        this.acks = false
        return 'OK'
      case 'qXfer':
        return this.transfer(rest)
      case 'qAttached':
        return '1'
      case 'qC':
        return `QC${threadId(this.cpu)}`
      case 'qfThreadInfo':
        return `m${Array.from({ length: this.target.cpus }, (_, cpu) => threadId(cpu)).join(',')}`
      case 'qsThreadInfo':
        return 'l'
      case 'qThreadExtraInfo': {
        const cpu = this.thread(rest)
        return cpu === undefined ? EINVAL : textToHex(`vCPU ${cpu}: ${this.target.describe(cpu)}`)
      }
      case 'qRcmd':
        return this.monitor(rest)
      default:
        return ''
    }
  }

  /** qXfer:features:read:ANNEX:OFFSET,LENGTH */
  private transfer(text: string): string {
    const match = /^features:read:([^:]*):([0-9a-fA-F]{1,8}),([0-9a-fA-F]{1,8})$/.exec(text)
    if (!match) return text.startsWith('features:read:') ? EINVAL : ''
    if (match[1] !== 'target.xml') return 'E00'
    const offset = Number.parseInt(match[2]!, 16)
    // Room for the letter, and for escapes.
    const length = Math.min(Number.parseInt(match[3]!, 16), PACKET_SIZE / 2 - 1)
    const part = this.target.description.slice(offset, offset + length)
    return `${offset + length < this.target.description.length ? 'm' : 'l'}${part}`
  }

  private monitor(text: string): Reply {
    const line = fromHex(text)
    if (!line) return EINVAL
    const output = this.target.monitor(this.cpu, new TextDecoder().decode(line))
    if (typeof output === 'string') return output === '' ? 'OK' : textToHex(output)
    void output.then((late) => {
      if (!this.ended) this.reply(late === '' ? 'OK' : textToHex(late))
    })
    return undefined
  }

  // ---- sending -----------------------------------------------------------------------------------------------------

  private reply(data: string): void {
    this.lastSent = packet(data)
    this.connection.send(this.lastSent)
  }

  private sendText(text: string): void {
    this.connection.send(new TextEncoder().encode(text))
  }
}

function threadId(cpu: number): string {
  return (cpu + 1).toString(16).padStart(2, '0')
}

function exitReply(status: number): string {
  return `W${byte(status & 0xff)}`
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** Splits at the first separator; the second part is empty if there is none. */
function cut(text: string, separator: string | RegExp): [string, string] {
  const at = typeof separator === 'string' ? text.indexOf(separator) : text.search(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function stopReasons(features: string): Set<BreakpointKind> {
  const words = features.split(';')
  const reasons = new Set<BreakpointKind>()
  if (words.includes('swbreak+')) reasons.add('software')
  if (words.includes('hwbreak+')) reasons.add('hardware')
  return reasons
}
