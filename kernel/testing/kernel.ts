/**
 * The kernel in Bun: real kernel code, fake instructions (`machine.ts`), and programs that are generator functions. A program
 * yields system calls and gets x0 to x5 back; its memory is that of its task, by the kernel's own tables. Which program a task
 * runs is in the entry point of the ELF file it was spawned from.
 */
import { writeArchive } from '../../images/kenix/archive.ts'
import { systemCalls } from '../abi/syscalls.ts'
import { addressOf, task as layout } from '../assembly/layout.ts'
import { kernelModule } from './compile.ts'
import { machineTree } from './device-tree.ts'
import { FakeMachine, Halted, MEMORY_BASE, PowerOff } from './machine.ts'

/** Name of a system call and its arguments; or a fault: 'FAULT', ESR, FAR. */
export type Step = readonly [string, ...(number | bigint)[]]
export type Program = (user: User) => Generator<Step, number | undefined, bigint[]>

/** Thrown into a program whose task ended when it touched memory. */
class Ended extends Error {}

const CODE = 0x40_0000
const CODE_STRIDE = 16
/** Memory every program has: 1 MiB, zero, read and write. */
export const DATA = 0x50_0000
const DATA_BYTES = 0x10_0000
const WRITE_FAULT = 0x9200_0047n
const READ_FAULT = 0x9200_0007n
/** An instruction abort, size of access. */
const FETCH_FAULT = 0x8200_0010n

const numbers = new Map(systemCalls.map(({ name, number }) => [name, number]))
const names = new Map(systemCalls.map(({ name, number }) => [number, `call_${name.toLowerCase()}`]))

/** A static program with one page of code at an entry of its own, and `DATA`. */
export function elfFor(program: number): Uint8Array {
  const bytes = new Uint8Array(192)
  const view = new DataView(bytes.buffer)
  const entry = BigInt(CODE + program * CODE_STRIDE)
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  view.setUint16(16, 2, true)
  view.setUint16(18, 183, true)
  view.setBigUint64(24, entry, true)
  view.setBigUint64(32, 64n, true)
  view.setUint16(54, 56, true)
  view.setUint16(56, 2, true)
  const segment = (at: number, flags: number, address: number, inFile: number, size: number) => {
    view.setUint32(at, 1, true)
    view.setUint32(at + 4, flags, true)
    view.setBigUint64(at + 8, 176n, true)
    view.setBigUint64(at + 16, BigInt(address), true)
    view.setBigUint64(at + 32, BigInt(inFile), true)
    view.setBigUint64(at + 40, BigInt(size), true)
  }
  segment(64, 5, CODE, 16, 4096)
  segment(120, 6, DATA, 0, DATA_BYTES)
  return bytes
}

/** The memory of the task that runs. */
export class User {
  readonly kernel: TestKernel
  constructor(kernel: TestKernel) {
    this.kernel = kernel
  }

  #at(address: number | bigint, access: 'read' | 'write'): { at: number; rest: number } {
    const user = BigInt.asUintN(64, BigInt(address))
    for (let tries = 0; tries < 3; tries++) {
      const physical = this.kernel.machine.translate(user, access)
      if (physical !== undefined) {
        return { at: Number(physical - MEMORY_BASE), rest: 4096 - Number(user & 4095n) }
      }
      this.kernel.fault(access === 'write' ? WRITE_FAULT : READ_FAULT, user)
    }
    throw new Error(`Page of 0x${user.toString(16)} never arrives`)
  }

  write(address: number | bigint, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const { at, rest } = this.#at(BigInt(address) + BigInt(done), 'write')
      const part = bytes.subarray(done, done + rest)
      this.kernel.machine.memory.set(part, at)
      done += part.length
    }
  }

  read(address: number | bigint, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let done = 0; done < length; ) {
      const { at, rest } = this.#at(BigInt(address) + BigInt(done), 'read')
      const count = Math.min(rest, length - done)
      bytes.set(this.kernel.machine.memory.subarray(at, at + count), done)
      done += count
    }
    return bytes
  }

  word(address: number | bigint): bigint {
    return new DataView(this.read(address, 8).buffer).getBigUint64(0, true)
  }

  setWords(address: number | bigint, words: readonly (number | bigint)[]): void {
    this.write(
      address,
      new Uint8Array(new BigUint64Array(words.map((w) => BigInt.asUintN(64, BigInt(w)))).buffer),
    )
  }

  text(address: number | bigint, length: number): string {
    return new TextDecoder().decode(this.read(address, length))
  }

  put(address: number | bigint, text: string): void {
    this.write(address, new TextEncoder().encode(text))
  }
}

type Exports = Record<string, ((...args: never[]) => unknown) & WebAssembly.Global>

const IMAGE_OFFSET = 0x20_0000
const PARTS = { text: 0x1000, rodata: 0x2000, archive: 0x4000, data: 0x8000, memory: 0x9000 }
const STACKS = Number(addressOf('STACK_SIZE')) * 2
const TABLES = Number(addressOf('BOOT_TABLES')) * 4096

export class TestKernel {
  readonly machine: FakeMachine
  readonly user: User
  #exports: Exports = {} as Exports
  readonly #programs: Program[]
  readonly #running = new Map<bigint, Generator<Step, number | undefined, bigint[]>>()
  #current = 0
  #state: 'running' | 'halted' | 'off' = 'running'

  private constructor(programs: readonly Program[], bytes: number) {
    this.machine = new FakeMachine(bytes)
    this.user = new User(this)
    this.#programs = [...programs]
  }

  /** Boots to the first program, which is `programs[0]`. */
  static async boot(
    programs: readonly Program[],
    { memory = 16 << 20, bootArguments = '' } = {},
  ): Promise<TestKernel> {
    const kernel = new TestKernel(programs, memory)
    const instance = await WebAssembly.instantiate(await kernelModule(), kernel.machine.imports())
    kernel.#exports = instance.exports as unknown as Exports
    kernel.#boot(memory, bootArguments)
    return kernel
  }

  #boot(bytes: number, bootArguments: string): void {
    const { machine } = this
    const archive = writeArchive([{ name: 'bin/init', bytes: elfFor(0), executable: true }])
    const tree = machineTree(Number(MEMORY_BASE), bytes, bootArguments)
    machine.image = MEMORY_BASE + BigInt(IMAGE_OFFSET)
    machine.linear = new DataView((this.#exports.memory as unknown as WebAssembly.Memory).buffer)
    machine.takeInterrupts = () => this.#call('kernel_interrupt')
    const memoryEnd = PARTS.memory + 0x1000
    const parts = [
      PARTS.text,
      PARTS.text,
      PARTS.rodata,
      PARTS.text,
      PARTS.archive,
      PARTS.archive + archive.length,
      PARTS.data,
      PARTS.data + 16,
      PARTS.memory,
      PARTS.memory,
      memoryEnd,
      memoryEnd + STACKS + TABLES,
    ]
    for (const [i, part] of parts.entries())
      machine.view.setBigUint64(IMAGE_OFFSET + 80 + 8 * i, BigInt(part), true)
    machine.memory.set(archive, IMAGE_OFFSET + PARTS.archive)
    const treeAt = bytes - 0x10_0000
    machine.memory.set(tree, treeAt)
    this.#call('early_boot', MEMORY_BASE + BigInt(treeAt), machine.image)
    this.#guard(() => this.#call('kernel_main', 1n))
  }

  #call(name: string, ...args: (number | bigint)[]): number {
    const call = this.#exports[name]
    if (!call) throw new Error(`The kernel has no ${name}`)
    return Number((call as unknown as (...values: (number | bigint)[]) => number | bigint)(...args))
  }

  /** Number behind a name that `kernel/inspect.ts` exports. */
  constant(name: string): number {
    const value = this.#exports[name]
    if (!value) throw new Error(`kernel/inspect.ts has no ${name}`)
    return Number(value.value)
  }

  /** As `constant`, of 64 bits. */
  constant64(name: string): bigint {
    return BigInt.asUintN(64, BigInt(this.#exports[name]!.value as bigint))
  }

  /** Result of a function that `kernel/inspect.ts` exports. */
  count(name: string): number {
    return this.#call(name)
  }

  load32(at: number): number {
    return this.machine.linear.getUint32(at, true)
  }

  load64(at: number): bigint {
    return this.machine.linear.getBigUint64(at, true)
  }

  /** Runs kernel code that says which task is next. */
  #guard(step: () => number): void {
    try {
      this.#current = step()
    } catch (error) {
      if (error instanceof Halted) this.#state = 'halted'
      else if (error instanceof PowerOff) this.#state = 'off'
      else throw error
      this.#current = 0
    }
  }

  get log(): string {
    return String.fromCharCode(...this.machine.uart)
  }

  #setRegister(task: number, n: number, value: number | bigint): void {
    this.machine.linear.setBigUint64(
      task + layout.X0 + 8 * n,
      BigInt.asUintN(64, BigInt(value)),
      true,
    )
  }

  #results(task: number): bigint[] {
    return [0, 1, 2, 3, 4, 5].map((n) =>
      this.machine.linear.getBigInt64(task + layout.X0 + 8 * n, true),
    )
  }

  /** A system call with what the registers hold, as the vectors do it. */
  #systemCall(task: number): void {
    const name =
      names.get(Number(BigInt.asUintN(32, this.load64(task + layout.X0 + 64)))) ?? 'unknown_call'
    this.#guard(() => {
      const next = this.#call(name, task)
      const isCurrent = next === this.load32(this.constant('CURRENT'))
      if (isCurrent && this.load32(next + layout.WORK) === 0) return next
      return this.#call('leave_kernel', next)
    })
  }

  /** A fault of the task that runs; the program goes on only if the kernel cured it. */
  fault(esr: bigint, far: bigint): void {
    const task = this.#current
    this.#guard(() => this.#call('user_fault', task, esr, far))
    if (this.#current !== task || this.#state !== 'running') throw new Ended('The task faulted')
  }

  /** The bootstrap task runs real instructions: SVC, MOV X8, SVC. */
  #bootStep(task: number, pc: number): void {
    this.machine.linear.setBigUint64(task + layout.PC, BigInt(pc + 4), true)
    if (pc % 16 === 4) this.#setRegister(task, 8, numbers.get('EXIT')!)
    else this.#systemCall(task)
  }

  #step(task: number): void {
    const pc = Number(this.load64(task + layout.PC))
    if (pc < 0x2_0000) return this.#bootStep(task, pc)
    const pid = this.load64(task + this.constant('PID'))
    let running = this.#running.get(pid)
    const results = this.#results(task)
    if (!running) {
      const program = this.#programs[(pc - CODE) / CODE_STRIDE]
      if (!program)
        return this.#guard(() => this.#call('user_fault', task, FETCH_FAULT, BigInt(pc)))
      running = program(this.user)
      this.#running.set(pid, running)
    }
    let step: Step
    try {
      const { done, value } = running.next(results)
      step = done ? ['EXIT', Number(value ?? 0)] : value
    } catch (error) {
      if (error instanceof Ended) return
      throw error
    }
    if (step[0] === 'FAULT') {
      this.#guard(() => this.#call('user_fault', task, BigInt(step[1]!), BigInt(step[2]!)))
      return
    }
    this.#setRegister(task, 8, numbers.get(step[0]) ?? 9999)
    for (let n = 0; n < 6; n++) this.#setRegister(task, n, BigInt(step[n + 1] ?? 0))
    this.#systemCall(task)
  }

  /** Runs until all wait for ever, the machine is off, or `steps` system calls were made. */
  run(steps = 100_000): 'halted' | 'off' | 'running' {
    while (steps-- > 0 && this.#state === 'running') {
      if (this.machine.hasInterrupt) {
        const task = this.#current
        this.#guard(() => this.#call('user_interrupt', task))
      } else this.#step(this.#current)
    }
    return this.#state
  }

  /** Raises an interrupt; if all waited, the kernel goes on. */
  interrupt(number: number): void {
    this.machine.raised.add(BigInt(number))
    if (this.#state !== 'halted') return
    this.#state = 'running'
    this.#guard(() => {
      this.machine.waitForInterrupt()
      return this.#call('leave_kernel', 0)
    })
  }
}
