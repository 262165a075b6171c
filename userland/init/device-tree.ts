/**
 * Devices from a flattened device tree (Devicetree Specification 0.4, chapter 5): address, size and interrupt of each node
 * that has registers. Interrupts are those of an Arm GIC (three cells: kind, number, flags); buses are translated by `ranges`.
 *
 * Every offset is checked against the size of the tree, so that a broken one gives fewer devices, not a fault.
 */

const MAGIC: u32 = 0xd00dfeed
const BEGIN_NODE: u32 = 1
const END_NODE: u32 = 2
const PROPERTY: u32 = 3
const NOP: u32 = 4

const MAX_DEPTH: i32 = 16

/** A device in the tree. */
export class Device {
  path: string = ''
  /** Values of `compatible`, each between commas: ",arm,pl011,arm,primecell,". */
  compatible: string = ','
  base: u64 = 0
  size: u64 = 0
  /** Interrupt number of the GIC, or -1. */
  interrupt: i32 = -1
  edge: bool = false
  disabled: bool = false

  isCompatible(name: string): bool {
    return this.compatible.includes(`,${name},`)
  }
}

/** What one level of the tree tells its children. */
class Level {
  device: Device = new Device()
  addressCells: i32 = 2
  sizeCells: i32 = 1
  reg: usize = 0
  regBytes: i32 = 0
  ranges: usize = 0
  rangesBytes: i32 = -1
}

export class DeviceTree {
  /** Nodes with registers, in the order of the tree. */
  readonly devices: Array<Device> = [] as Device[]
  /** The path or alias in `/chosen`, `stdout-path`, without options behind a colon. */
  private stdout: string = ''
  private readonly aliases: Map<string, string> = new Map<string, string>()
  private readonly levels: Array<Level> = [] as Level[]
  private readonly end: usize
  private readonly strings: usize
  private at: usize

  /** @param start address of the tree, of which `bytes` bytes can be read */
  constructor(start: usize, bytes: i32) {
    const valid = bytes >= 40 && word(start) === MAGIC
    const total = valid ? min(word(start + 4), bytes as u32) : 0
    const structure = valid ? word(start + 8) : 0
    const strings = valid ? word(start + 12) : 0
    this.end = start + total
    this.strings = start + min(strings, total)
    this.at = start + min(structure, total)
    this.read()
  }

  /** The device that firmware uses as console, or null. */
  console(): Device | null {
    let path = this.stdout
    if (path !== '' && !path.startsWith('/'))
      path = this.aliases.has(path) ? this.aliases.get(path) : ''
    for (let i = 0; i < this.devices.length; i++) {
      if (path !== '' && this.devices[i].path === path) return this.devices[i]
    }
    return this.first('arm,pl011')
  }

  /** The first device compatible with `name`, or null. */
  first(name: string): Device | null {
    for (let i = 0; i < this.devices.length; i++) {
      if (this.devices[i].isCompatible(name) && !this.devices[i].disabled) return this.devices[i]
    }
    return null
  }

  /** All devices compatible with `name`, by address. */
  all(name: string): Array<Device> {
    const found: Device[] = []
    for (let i = 0; i < this.devices.length; i++) {
      if (this.devices[i].isCompatible(name) && !this.devices[i].disabled)
        found.push(this.devices[i])
    }
    found.sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : 0))
    return found
  }

  private read(): void {
    while (this.at + 4 <= this.end) {
      const token = word(this.at)
      this.at += 4
      if (token === BEGIN_NODE) {
        if (!this.begin()) return
      } else if (token === END_NODE) {
        if (this.levels.length === 0) return
        this.finish(this.levels.pop())
      } else if (token === PROPERTY) {
        if (!this.property()) return
      } else if (token !== NOP) return
    }
  }

  private begin(): bool {
    if (this.levels.length >= MAX_DEPTH) return false
    const name = this.text(this.at, this.end)
    this.at = align(this.at + String.UTF8.byteLength(name, true))
    const level = new Level()
    const above = this.levels.length
    if (above > 0) {
      const parent = this.levels[above - 1].device.path
      level.device.path = parent === '/' ? `/${name}` : `${parent}/${name}`
    } else level.device.path = '/'
    this.levels.push(level)
    return true
  }

  private property(): bool {
    if (this.at + 8 > this.end || this.levels.length === 0) return false
    const length = word(this.at)
    const name = this.text(this.strings + word(this.at + 4), this.end)
    const value = this.at + 8
    const room = this.end - value
    if (length > room) return false
    this.at = align(value + length)
    this.note(this.levels[this.levels.length - 1], name, value, length as i32)
    return true
  }

  private note(level: Level, name: string, value: usize, length: i32): void {
    const device = level.device
    if (name === 'reg') {
      level.reg = value
      level.regBytes = length
    } else if (name === '#address-cells' && length === 4) level.addressCells = word(value) as i32
    else if (name === '#size-cells' && length === 4) level.sizeCells = word(value) as i32
    else if (name === 'ranges') {
      level.ranges = value
      level.rangesBytes = length
    } else if (name === 'compatible') {
      for (let p = value; p < value + length; ) {
        const one = this.text(p, value + length)
        device.compatible += `${one},`
        p += String.UTF8.byteLength(one, true)
      }
    } else if (name === 'status') {
      const status = this.text(value, value + length)
      device.disabled = status !== 'okay' && status !== 'ok'
    } else if (name === 'interrupts' && length >= 12) {
      const kind = word(value)
      const number = word(value + 4) as i32
      if (kind <= 1 && number >= 0 && number < 1020) {
        device.interrupt = number + (kind === 0 ? 32 : 16)
        device.edge = (word(value + 8) & 3) !== 0
      }
    } else if (name === 'stdout-path' && device.path === '/chosen') {
      const path = this.text(value, value + length)
      const colon = path.indexOf(':')
      this.stdout = colon < 0 ? path : path.substring(0, colon)
    } else if (device.path === '/aliases') this.aliases.set(name, this.text(value, value + length))
  }

  /** A node is complete: its registers are what its parents make of them. */
  private finish(level: Level): void {
    const above = this.levels.length
    if (above === 0 || level.reg === 0) return
    const parent = this.levels[above - 1]
    const cells = parent.addressCells + parent.sizeCells
    if (!sound(parent) || parent.addressCells < 1 || level.regBytes < cells * 4) return
    let base = number(level.reg, parent.addressCells)
    level.device.size = number(level.reg + ((parent.addressCells as usize) << 2), parent.sizeCells)
    for (let i = above - 1; i > 0; i--) {
      // Without `ranges` the children of a bus are not in its parent's address space.
      if (this.levels[i].rangesBytes < 0 || !sound(this.levels[i]) || !sound(this.levels[i - 1]))
        return
      base = translate(this.levels[i], this.levels[i - 1].addressCells, base)
    }
    level.device.base = base
    this.devices.push(level.device)
  }

  /** The string at `from`, which ends with NUL or at `end`. */
  private text(from: usize, end: usize): string {
    let to = from
    while (to < end && load<u8>(to) !== 0) to++
    return from < to ? String.UTF8.decodeUnsafe(from, to - from) : ''
  }
}

function word(at: usize): u32 {
  return bswap(load<u32>(at))
}

function align(at: usize): usize {
  return (at + 3) & ~3
}

function number(at: usize, cells: i32): u64 {
  let value: u64 = 0
  for (let i = 0; i < cells; i++) value = (value << 32) | word(at + ((i as usize) << 2))
  return value
}

function sound(level: Level): bool {
  return (
    level.addressCells >= 0 &&
    level.addressCells <= 3 &&
    level.sizeCells >= 0 &&
    level.sizeCells <= 2
  )
}

/** An address on a bus as its parent sees it; an empty `ranges` changes nothing. */
function translate(bus: Level, parentCells: i32, address: u64): u64 {
  const row = (bus.addressCells + parentCells + bus.sizeCells) << 2
  if (row === 0) return address
  for (let offset = 0; offset + row <= bus.rangesBytes; offset += row) {
    const at = bus.ranges + offset
    const child = number(at, bus.addressCells)
    const parent = number(at + (bus.addressCells << 2), parentCells)
    const size = number(at + ((bus.addressCells + parentCells) << 2), bus.sizeCells)
    if (address >= child && address - child < size) return parent + (address - child)
  }
  return address
}
