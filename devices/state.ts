/**
 * Saved device state: plain data, and a reader that trusts none of it.
 *
 * A snapshot is a file, and files come from anywhere. So every field is read through `StateReader`, which says what was
 * expected and where, instead of letting a wrong type or an absurd number into a device.
 */

/** What a state may hold. `Uint8Array`s are stored as base64 in a snapshot's manifest. */
export type StateValue =
  | number
  | string
  | boolean
  | null
  | Uint8Array
  | readonly StateValue[]
  | StateObject

export interface StateObject {
  readonly [key: string]: StateValue
}

/** A snapshot, or a part of it, is malformed or of another machine. */
export class StateError extends Error {
  override readonly name = 'StateError'
}

/** Reads a `StateObject` with checks. `path` names the place in messages: `devices.pl011`. */
export class StateReader {
  constructor(
    private readonly fields: StateObject,
    readonly path: string,
  ) {}

  /** Checks the format's version. Returns it, for devices that read several. */
  version(newest: number, oldest = newest): number {
    const version = this.integer('version', 0, Number.MAX_SAFE_INTEGER)
    if (version < oldest || version > newest) {
      const range = oldest === newest ? `${newest}` : `${oldest} to ${newest}`
      throw new StateError(
        `Cannot read ${this.path}: its format version is ${version}, this build reads ${range}`,
      )
    }
    return version
  }

  isNull(key: string): boolean {
    return this.get(key) === null
  }

  /** A finite number. */
  number(key: string): number {
    const value = this.get(key)
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.wrong(key, 'a number')
    return value
  }

  /** An integer from `min` to `max`, inclusive. */
  integer(key: string, min: number, max: number): number {
    const value = this.get(key)
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
      throw this.wrong(key, `an integer from ${min} to ${max}`)
    }
    return value
  }

  /** An unsigned 8, 16 or 32-bit integer. */
  unsigned(key: string, bits: 8 | 16 | 32): number {
    return this.integer(key, 0, 2 ** bits - 1)
  }

  /** An integer from 0 to 2^53 - 1. */
  count(key: string): number {
    return this.integer(key, 0, Number.MAX_SAFE_INTEGER)
  }

  flag(key: string): boolean {
    const value = this.get(key)
    if (typeof value !== 'boolean') throw this.wrong(key, 'true or false')
    return value
  }

  string(key: string): string {
    const value = this.get(key)
    if (typeof value !== 'string') throw this.wrong(key, 'a string')
    return value
  }

  /** Bytes; with `length`, exactly that many, else at most `max`. Returns a copy. */
  bytes(key: string, length?: number, max = 2 ** 31): Uint8Array {
    const value = this.get(key)
    if (!(value instanceof Uint8Array)) throw this.wrong(key, 'bytes')
    if (length !== undefined && value.length !== length) throw this.wrong(key, `${length} bytes`)
    if (value.length > max) throw this.wrong(key, `at most ${max} bytes`)
    return value.slice()
  }

  /** Unsigned integers of `bits` bits; with `length`, exactly that many, else at most `max`. */
  unsignedList(key: string, bits: 8 | 16 | 32, length?: number, max = 65536): number[] {
    const list = this.list(key, max)
    if (length !== undefined && list.length !== length) throw this.wrong(key, `${length} numbers`)
    return list.map((value) => {
      if (
        typeof value !== 'number' ||
        !Number.isInteger(value) ||
        value < 0 ||
        value >= 2 ** bits
      ) {
        throw this.wrong(key, `unsigned ${bits}-bit integers`)
      }
      return value
    })
  }

  /** An array of at most `max` values. */
  list(key: string, max = 65536): readonly StateValue[] {
    const value = this.get(key)
    if (!Array.isArray(value)) throw this.wrong(key, 'a list')
    if (value.length > max) throw this.wrong(key, `a list of at most ${max}`)
    return value as readonly StateValue[]
  }

  /** An array of objects, each as a reader. */
  objects(key: string, max = 65536): StateReader[] {
    return this.list(key, max).map((value, index) => {
      if (!isObject(value)) throw this.wrong(key, 'a list of objects')
      return new StateReader(value, `${this.path}.${key}[${index}]`)
    })
  }

  /** A nested object. */
  object(key: string): StateReader {
    const value = this.get(key)
    if (!isObject(value)) throw this.wrong(key, 'an object')
    return new StateReader(value, `${this.path}.${key}`)
  }

  /** Whether a key is there. */
  has(key: string): boolean {
    return Object.hasOwn(this.fields, key)
  }

  private get(key: string): StateValue {
    const value = this.has(key) ? this.fields[key] : undefined
    if (value === undefined) throw new StateError(`Cannot read ${this.path}: "${key}" is missing`)
    return value
  }

  private wrong(key: string, expected: string): StateError {
    return new StateError(`Cannot read ${this.path}: "${key}" must be ${expected}`)
  }
}

function isObject(value: StateValue): value is StateObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array)
  )
}
