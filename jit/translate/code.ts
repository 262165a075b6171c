/**
 * A buffer of WebAssembly instructions with named methods, so that lowerings read like the code they make.
 */
import { EMPTY, OP, type Opcode, SIMD_PREFIX, signed, signed64, unsigned } from './wasm.ts'

export class Code {
  readonly bytes: number[] = []

  /** Instructions without immediates. */
  op(...names: Opcode[]): this {
    for (const name of names) this.bytes.push(OP[name])
    return this
  }

  /** A vector instruction without immediates, by its opcode after the prefix. */
  simd(opcode: number): this {
    this.bytes.push(SIMD_PREFIX)
    unsigned(this.bytes, opcode)
    return this
  }

  get(local: number): this {
    this.bytes.push(OP.local_get)
    unsigned(this.bytes, local)
    return this
  }

  set(local: number): this {
    this.bytes.push(OP.local_set)
    unsigned(this.bytes, local)
    return this
  }

  tee(local: number): this {
    this.bytes.push(OP.local_tee)
    unsigned(this.bytes, local)
    return this
  }

  i32(value: number): this {
    this.bytes.push(OP.i32_const)
    signed(this.bytes, value)
    return this
  }

  i64(value: number | bigint): this {
    this.bytes.push(OP.i64_const)
    signed64(this.bytes, BigInt(value))
    return this
  }

  /** A load or store; alignment is only a hint and stays 0. */
  memory(name: Opcode, offset = 0): this {
    this.bytes.push(OP[name], 0)
    unsigned(this.bytes, offset)
    return this
  }

  /** A vector load or store. */
  simdMemory(opcode: number, offset = 0): this {
    this.simd(opcode)
    this.bytes.push(0)
    unsigned(this.bytes, offset)
    return this
  }

  call(index: number): this {
    this.bytes.push(OP.call)
    unsigned(this.bytes, index)
    return this
  }

  /** Calls through table 0; `type` is the index of the signature. */
  callIndirect(type: number): this {
    this.bytes.push(OP.call_indirect)
    unsigned(this.bytes, type)
    this.bytes.push(0)
    return this
  }

  begin(name: 'block' | 'loop' | 'if', type: number = EMPTY): this {
    this.bytes.push(OP[name], type)
    return this
  }

  br(depth: number): this {
    this.bytes.push(OP.br)
    unsigned(this.bytes, depth)
    return this
  }

  brIf(depth: number): this {
    this.bytes.push(OP.br_if)
    unsigned(this.bytes, depth)
    return this
  }

  append(bytes: readonly number[], from = 0, to = bytes.length): this {
    for (let i = from; i < to; i++) this.bytes.push(bytes[i]!)
    return this
  }
}
