/**
 * UEFI firmware as far as the loader uses it, in TypeScript, with the loader's WebAssembly on top: its absolute accesses
 * reach the firmware's memory or its own, its calls through pointers reach functions here, and its instructions are
 * recorded. So every path of the loader runs in Bun, those included that real firmware rarely takes.
 */
import { relative, resolve } from 'node:path'

const folder = resolve(import.meta.dir, '..')

/** Where memory of the firmware begins, and where the loader's own is. */
const RAM = 0x4000_0000n
const LINEAR = 0x7_0000_0000n
/** Addresses of functions: nothing lies there. */
const CODE = 0x9_0000_0000n
const ENTER_KERNEL = 0x8_0000_1000n
const ENTER_KERNEL_END = ENTER_KERNEL + 0x50n

const PAGE = 4096n
const SUCCESS = 0n
const ERROR = 1n << 63n
const status = (number: number) => ERROR | BigInt(number)
const INVALID_PARAMETER = status(2)
const UNSUPPORTED = status(3)
const BUFFER_TOO_SMALL = status(5)
const OUT_OF_RESOURCES = status(9)
const NOT_FOUND = status(14)

const DEVICE_TREE = 'b1b621d5-f19c-41a5-830b-d9152c69aae0'
const ACPI = '8868e871-e4f1-11d3-bc22-0080c73c8881'
const LOADED_IMAGE = '5b1b31a1-9562-11d2-8e3f-00a0c969723b'
const FILE_SYSTEM = '964e5b22-6459-11d2-8e39-00a0c969723b'

export interface FirmwareOptions {
  /** Files of the volume, by path with backslashes. */
  files?: Record<string, Uint8Array>
  /** The device tree, left out to have none. */
  deviceTree?: Uint8Array | undefined
  /** How often ExitBootServices says that the memory map is another one. */
  refusals?: number
  /** Bytes that one Read gives at most. */
  readLimit?: number
  /** Pages that can be allocated. */
  pages?: number
  /** Without a file system where the loader came from. */
  diskless?: boolean
}

/** How a start ended. */
export interface Outcome {
  /** What efiMain returned, if it did. */
  status?: bigint
  /** What the kernel was entered with. */
  entered?: { entry: bigint; deviceTree: bigint }
  /** ResetSystem's first two arguments. */
  reset?: { kind: bigint; status: bigint }
}

type Service = (...args: bigint[]) => bigint

/** Ends the loader's call, which returns no other way. */
class Left extends Error {
  constructor(readonly outcome: Outcome) {
    super('The loader left')
  }
}

let compiled: WebAssembly.Module | undefined

async function compile(): Promise<WebAssembly.Module> {
  if (compiled) return compiled
  const { default: asc } = await import('assemblyscript/asc')
  const messages: string[] = []
  let wasm: Uint8Array | undefined
  const { error } = await asc.main(
    [
      relative(folder, resolve(folder, 'main.ts')),
      '--baseDir',
      folder,
      '--outFile',
      'loader.wasm',
      '--runtime',
      'stub',
      '--optimizeLevel',
      '2',
    ],
    {
      stderr: { write: (chunk: string | Uint8Array) => messages.push(String(chunk)) !== 0 },
      writeFile: (_: string, contents: Uint8Array) => {
        wasm = contents
      },
    } as never,
  )
  if (error) throw new Error(`Cannot compile the loader:\n${messages.join('')}${error.message}`)
  compiled = new WebAssembly.Module(wasm! as Uint8Array<ArrayBuffer>)
  return compiled
}

/** One machine with firmware, whose memory can be looked at afterwards. */
export class Firmware {
  /** What the console shows. */
  console = ''
  /** Ranges whose cache lines were written back, merged. */
  readonly cleaned: { from: bigint; to: bigint }[] = []
  /** Pages in use, which must be none after a failed start. */
  readonly allocations = new Map<bigint, bigint>()
  exitAttempts = 0
  #memory = new Uint8Array(16 << 20)
  #view = new DataView(this.#memory.buffer)
  #linear: DataView | undefined
  #free = RAM + 0x10_0000n
  #tables = RAM
  #mapKey = 100n
  #exited = false
  #pages: number
  readonly #services: { call: Service; late: boolean }[] = []
  readonly #opened = new Set<bigint>()

  constructor(readonly options: FirmwareOptions = {}) {
    this.#pages = options.pages ?? 3072
  }

  /** Open files and volumes; none after a start that failed. */
  get openFiles(): number {
    return this.#opened.size
  }

  /** Bytes at a physical address. */
  bytes(address: bigint, length: number): Uint8Array {
    return this.#memory.slice(Number(address - RAM), Number(address - RAM) + length)
  }

  /** Runs the loader. */
  async start(): Promise<Outcome> {
    const module = await compile()
    const system = this.#systemTable()
    const instance = new WebAssembly.Instance(module, this.#imports() as never)
    const exports = instance.exports as {
      memory: WebAssembly.Memory
      efiMain(handle: bigint, table: bigint): bigint
    }
    this.#linear = new DataView(exports.memory.buffer)
    try {
      return { status: BigInt.asUintN(64, exports.efiMain(1n, system)) }
    } catch (error) {
      if (error instanceof Left) return error.outcome
      throw error
    }
  }

  #imports() {
    const at = (address: bigint): [DataView, number] => {
      const pointer = BigInt.asUintN(64, address)
      const linear = pointer - LINEAR
      if (linear >= 0n && linear < BigInt(this.#linear!.byteLength)) {
        return [this.#linear!, Number(linear)]
      }
      const offset = pointer - RAM
      if (offset < 0n || offset + 8n > BigInt(this.#memory.length)) {
        throw new Error(`The loader accessed 0x${pointer.toString(16)}`)
      }
      return [this.#view, Number(offset)]
    }
    const call = (pointer: bigint, ...args: bigint[]): bigint => {
      const service = this.#services[Number((BigInt.asUintN(64, pointer) - CODE) / 16n)]
      if (!service) throw new Error(`The loader called 0x${pointer.toString(16)}`)
      if (this.#exited && !service.late) throw new Error('A service was called that is gone')
      return service.call(...args.map((value) => BigInt.asUintN(64, value)))
    }
    const leave = (entry: bigint, deviceTree: bigint): never => {
      throw new Left({ entered: { entry, deviceTree } })
    }
    return {
      mem64: {
        load8: (a: bigint) => at(a)[0].getUint8(at(a)[1]),
        load32: (a: bigint) => at(a)[0].getUint32(at(a)[1], true),
        load64: (a: bigint) => at(a)[0].getBigUint64(at(a)[1], true),
        store8: (a: bigint, v: number) => at(a)[0].setUint8(at(a)[1], v),
        store32: (a: bigint, v: number) => at(a)[0].setUint32(at(a)[1], v, true),
        store64: (a: bigint, v: bigint) => at(a)[0].setBigUint64(at(a)[1], v, true),
      },
      fn64: { call1: call, call2: call, call3: call, call4: call, call5: call },
      sys: {
        dsb_sy() {},
        isb() {},
        dc_civac: (address: bigint) => this.#clean(BigInt.asUintN(64, address)),
      },
      // Lines of 64 bytes: 2^4 words.
      mrs: { ctr_el0: () => 0x8444c004n },
      asm: {
        enterKernel: leave,
        enterKernelStart: () => ENTER_KERNEL,
        enterKernelEnd: () => ENTER_KERNEL_END,
        linearMemory: () => LINEAR,
      },
    }
  }

  #clean(address: bigint): void {
    const last = this.cleaned.at(-1)
    if (last?.to === address) last.to += 64n
    else this.cleaned.push({ from: address, to: address + 64n })
  }

  /** Room for a structure of the firmware, with 64-bit values at offsets. */
  #table(bytes: number, values: Record<number, bigint> = {}): bigint {
    const address = this.#tables
    this.#tables += BigInt((bytes + 15) & ~15)
    for (const [offset, value] of Object.entries(values)) {
      this.#set(address + BigInt(offset), value)
    }
    return address
  }

  #set(address: bigint, value: bigint): void {
    const linear = address - LINEAR
    if (linear >= 0n && linear < BigInt(this.#linear?.byteLength ?? 0)) {
      this.#linear!.setBigUint64(Number(linear), value, true)
    } else {
      this.#view.setBigUint64(Number(address - RAM), value, true)
    }
  }

  #get(address: bigint): bigint {
    const linear = address - LINEAR
    return linear >= 0n && linear < 1n << 32n
      ? this.#linear!.getBigUint64(Number(linear), true)
      : this.#view.getBigUint64(Number(address - RAM), true)
  }

  #function(call: Service, late = false): bigint {
    this.#services.push({ call, late })
    return CODE + BigInt(16 * (this.#services.length - 1))
  }

  /** UTF-16 up to a zero. */
  #text(address: bigint): string {
    let text = ''
    for (let at = Number(address - LINEAR); ; at += 2) {
      const unit = this.#linear!.getUint16(at, true)
      if (unit === 0) return text
      text += String.fromCharCode(unit)
    }
  }

  #guid(address: bigint): string {
    const at = Number(address - LINEAR)
    const hex = (offset: number, count: number) =>
      Buffer.from(new Uint8Array(this.#linear!.buffer, at + offset, count)).toString('hex')
    const swapped = (offset: number, count: number) =>
      Buffer.from(hex(offset, count), 'hex').reverse().toString('hex')
    return [swapped(0, 4), swapped(4, 2), swapped(6, 2), hex(8, 2), hex(10, 6)].join('-')
  }

  #putGuid(address: bigint, guid: string): void {
    const bytes = Buffer.from(guid.replaceAll('-', ''), 'hex')
    for (const [from, to] of [
      [0, 4],
      [4, 6],
      [6, 8],
    ]) {
      bytes.subarray(from, to).reverse()
    }
    this.#memory.set(bytes, Number(address - RAM))
  }

  #systemTable(): bigint {
    const console = this.#table(16, {
      8: this.#function((_, text) => {
        this.console += this.#text(text!)
        return SUCCESS
      }),
    })
    const volume = this.#table(16, { 8: this.#function((_, out) => this.#openVolume(out!)) })
    const image = this.#table(96, { 24: 2n })
    const boot = this.#table(376, {
      40: this.#function((_type, _kind, pages, out) => this.#allocate(pages!, out!)),
      48: this.#function((address) => (this.allocations.delete(address!) ? SUCCESS : NOT_FOUND)),
      56: this.#function((...args) => this.#memoryMap(args), true),
      152: this.#function((handle, guid, out) => {
        const name = this.#guid(guid!)
        const wanted = handle === 1n && name === LOADED_IMAGE ? image : volume
        if (handle === 2n && (name !== FILE_SYSTEM || this.options.diskless)) return UNSUPPORTED
        this.#set(out!, wanted)
        return SUCCESS
      }),
      232: this.#function((_, key) => this.#exitBootServices(key!), true),
    })
    const runtime = this.#table(136, {
      104: this.#function((kind, code) => {
        throw new Left({ reset: { kind: kind!, status: code! } })
      }, true),
    })
    const tree = this.options.deviceTree
    const configuration = this.#table(48)
    this.#putGuid(configuration, ACPI)
    if (tree) {
      const address = this.#take(BigInt(tree.length))
      this.#memory.set(tree, Number(address - RAM))
      this.#putGuid(configuration + 24n, DEVICE_TREE)
      this.#set(configuration + 40n, address)
    }
    return this.#table(120, {
      64: console,
      88: runtime,
      96: boot,
      104: tree ? 2n : 1n,
      112: configuration,
    })
  }

  #take(bytes: bigint): bigint {
    const address = this.#free
    this.#free += ((bytes + PAGE - 1n) / PAGE) * PAGE
    return address
  }

  #allocate(pages: bigint, out: bigint): bigint {
    if (pages > this.#pages) return OUT_OF_RESOURCES
    this.#pages -= Number(pages)
    const address = this.#take(pages * PAGE)
    // Memory is full of what was there before.
    this.#memory.fill(0xaa, Number(address - RAM), Number(address - RAM + pages * PAGE))
    this.allocations.set(address, pages)
    this.#mapKey++
    this.#set(out, address)
    return SUCCESS
  }

  #memoryMap([size, map, key, descriptor, version]: bigint[]): bigint {
    const needed = 48n * 40n
    const room = this.#get(size!)
    this.#set(size!, needed)
    if (room < needed) return BUFFER_TOO_SMALL
    if (map === 0n) return INVALID_PARAMETER
    this.#set(key!, this.#mapKey)
    this.#set(descriptor!, 48n)
    this.#set(version!, 1n)
    return SUCCESS
  }

  #exitBootServices(key: bigint): bigint {
    this.exitAttempts++
    this.#exited = true
    if (this.exitAttempts <= (this.options.refusals ?? 0)) this.#mapKey++
    return key === this.#mapKey ? SUCCESS : INVALID_PARAMETER
  }

  #openVolume(out: bigint): bigint {
    const root: bigint = this.#file(undefined, (path, result) => {
      const data = this.options.files?.[path]
      if (!data) return NOT_FOUND
      this.#set(result, this.#file(data))
      return SUCCESS
    })
    this.#set(out, root)
    return SUCCESS
  }

  #file(data?: Uint8Array, open?: (path: string, out: bigint) => bigint): bigint {
    let position = 0
    const file = this.#table(88, {
      8: this.#function((_, out, path) => open?.(this.#text(path!), out!) ?? UNSUPPORTED),
      16: this.#function((self) => {
        if (!this.#opened.delete(self!)) throw new Error('A file was closed twice')
        return SUCCESS
      }),
      32: this.#function((_, size, buffer) => {
        const count = Math.min(
          Number(this.#get(size!)),
          data!.length - position,
          this.options.readLimit ?? 1 << 30,
        )
        this.#memory.set(data!.subarray(position, position + count), Number(buffer! - RAM))
        position += count
        this.#set(size!, BigInt(count))
        return SUCCESS
      }),
      48: this.#function((_, out) => {
        this.#set(out!, BigInt(position))
        return SUCCESS
      }),
      56: this.#function((_, to) => {
        if (!data) return UNSUPPORTED
        position = to === 0xffff_ffff_ffff_ffffn ? data.length : Number(to)
        return SUCCESS
      }),
    })
    this.#opened.add(file)
    return file
  }
}

/** A kernel: an `Image` header, and bytes that tell themselves apart. */
export function fakeImage({
  bytes = 100_000,
  imageSize = 200_000n,
  textOffset = 0n,
  magic = 0x644d5241,
} = {}): Uint8Array {
  const image = new Uint8Array(bytes).map((_, at) => at * 31)
  const view = new DataView(image.buffer)
  view.setBigUint64(8, textOffset, true)
  view.setBigUint64(16, imageSize, true)
  view.setUint32(56, magic, true)
  return image
}
