/**
 * Shapes of the tables in this folder: what the kernel and its programs agree on, as data. `generate.ts` makes the
 * documents and the AssemblyScript constants from them, so a number stands in one place only.
 */

/** One argument or result: where it is, its name, what it means. */
export interface Value {
  /** x0 to x5. */
  readonly register: string
  readonly name: string
  readonly text: string
}

/** One system call: `SVC #0` with the number in x8. */
export interface SystemCall {
  readonly number: number
  readonly name: string
  /** Heading it stands under in the document. */
  readonly group: string
  readonly summary: string
  readonly arguments: readonly Value[]
  readonly results: readonly Value[]
  /** Error names with the reason; x0 is then the negative errno. */
  readonly errors: Readonly<Record<string, string>>
  /** Further rules, one paragraph each. */
  readonly notes?: readonly string[]
}

/** A named number with its meaning. */
export interface Constant {
  readonly name: string
  readonly value: number
  readonly text: string
}

/** A group of constants: `prefix` is put before every name in generated code. */
export interface ConstantGroup {
  readonly prefix: string
  readonly title: string
  readonly text: string
  /** 32-bit values are i32 in AssemblyScript, the others i64. */
  readonly wide?: boolean
  readonly constants: readonly Constant[]
}

/** A field of a block in memory that both sides read or write. All blocks are little endian and 8-byte aligned. */
export interface Field {
  readonly name: string
  readonly offset: number
  /** In bytes. */
  readonly size: number
  readonly text: string
}

/** A block in memory. */
export interface Block {
  readonly name: string
  readonly title: string
  readonly size: number
  readonly fields: readonly Field[]
}

/** One message of a protocol: words in, words out. */
export interface Message {
  readonly tag: number
  readonly name: string
  readonly text: string
  /** What d0 to d3 hold in the request. */
  readonly request: readonly string[]
  /** What tag and d0 to d3 hold in the reply; a negative errno in the tag is always possible. */
  readonly reply: readonly string[]
  /** The lease that goes with the call: which access the server needs and to what. */
  readonly lease?: string
  /** The handle attached to the request, and the one attached to the reply. */
  readonly gives?: string
  readonly takes?: string
}

/** A server's messages. */
export interface Protocol {
  readonly name: string
  readonly title: string
  readonly text: string
  readonly messages: readonly Message[]
}
