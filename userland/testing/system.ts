/**
 * A kernel for tests of libkenix: system calls are answered by functions that a test gives, by number. Addresses are offsets in
 * the guest's memory.
 */
import type { Imports } from './compile.ts'

/** Answers one call: x0, or x0 and the further results. */
export type Answering = (...args: bigint[]) => bigint | number | readonly (bigint | number)[]

export class FakeSystem {
  /** Set once the guest exists. */
  memory!: WebAssembly.Memory
  /** Numbers of the calls made, with their arguments. */
  readonly log: { readonly number: number; readonly args: readonly bigint[] }[] = []
  private readonly answers = new Map<number, Answering>()

  /** Has `answer` serve calls of a number; others give ENOSYS. */
  on(number: number, answer: Answering): this {
    this.answers.set(number, answer)
    return this
  }

  /** What the guest imports. */
  imports(): Imports {
    const run = (number: bigint, args: bigint[]) => {
      this.log.push({ number: Number(number), args })
      const result = this.answers.get(Number(number))?.(...args) ?? -38n
      return (Array.isArray(result) ? result : [result]).map((value) => BigInt(value))
    }
    const view = () => new DataView(this.memory.buffer)
    return {
      svc: {
        call: (number: bigint, ...args: bigint[]) => BigInt.asUintN(64, run(number, args)[0]!),
        call6: (number: bigint, ...rest: (bigint | number)[]) => {
          const results = run(number, rest.slice(0, 6) as bigint[])
          for (const [i, value] of results.entries()) {
            view().setBigUint64(Number(rest[6]) + i * 8, BigInt.asUintN(64, value), true)
          }
        },
      },
      mem64: {
        load8: (at: bigint) => view().getUint8(Number(at)),
        load32: (at: bigint) => view().getUint32(Number(at), true),
        load64: (at: bigint) => view().getBigUint64(Number(at), true),
      },
    }
  }

  bytes(at: bigint | number, length: bigint | number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(Number(at), Number(at) + Number(length))
  }

  text(at: bigint | number, length: bigint | number): string {
    return new TextDecoder().decode(this.bytes(at, length))
  }

  put(at: bigint | number, data: Uint8Array | string): number {
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data
    new Uint8Array(this.memory.buffer).set(bytes, Number(at))
    return bytes.length
  }

  word(at: bigint | number): bigint {
    return new DataView(this.memory.buffer).getBigUint64(Number(at), true)
  }

  /** Arguments of the calls of a number, in their order. */
  calls(number: number): (readonly bigint[])[] {
    return this.log.filter((call) => call.number === number).map((call) => call.args)
  }
}
