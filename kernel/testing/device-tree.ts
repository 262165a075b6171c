/** Writes a small flattened device tree (Devicetree Specification 0.4, chapter 5): enough for the kernel's boot in tests. */

export interface Node {
  readonly name: string
  readonly properties?: Readonly<Record<string, string | readonly number[]>>
  readonly children?: readonly Node[]
}

function words(values: readonly number[]): number[] {
  return values.flatMap((v) => [(v >>> 24) & 255, (v >>> 16) & 255, (v >>> 8) & 255, v & 255])
}

function pad(bytes: number[]): number[] {
  while (bytes.length % 4 !== 0) bytes.push(0)
  return bytes
}

const text = (value: string): number[] => [...new TextEncoder().encode(value), 0]

/** The tree's bytes; properties are strings (a list has `\0` in it) or 32-bit cells. */
export function flatten(rootNode: Node): Uint8Array {
  const names: number[] = []
  const structure: number[] = []
  const offsets = new Map<string, number>()
  const emit = ({ name, properties = {}, children = [] }: Node): void => {
    structure.push(...words([1]), ...pad(text(name)))
    for (const [key, value] of Object.entries(properties)) {
      if (!offsets.has(key)) {
        offsets.set(key, names.length)
        names.push(...text(key))
      }
      const data = typeof value === 'string' ? text(value) : words(value)
      structure.push(...words([3, data.length, offsets.get(key)!]), ...pad([...data]))
    }
    for (const child of children) emit(child)
    structure.push(...words([2]))
  }
  emit(rootNode)
  structure.push(...words([9]))
  const start = 56
  const stringsAt = start + structure.length
  const total = Math.ceil((stringsAt + names.length) / 16) * 16
  const header = words([
    0xd00dfeed,
    total,
    start,
    stringsAt,
    40,
    17,
    16,
    0,
    names.length,
    structure.length,
  ])
  const bytes = new Uint8Array(total)
  bytes.set([...header, ...new Array(16).fill(0), ...structure, ...names])
  return bytes
}

/** The tree of a machine with memory, GICv3, a UART, a timer and PSCI. */
export function machineTree(
  memoryBase: number,
  memoryBytes: number,
  bootArguments: string,
): Uint8Array {
  return flatten({
    name: '',
    properties: { '#address-cells': [2], '#size-cells': [2] },
    children: [
      { name: 'chosen', properties: { bootargs: bootArguments } },
      {
        name: 'memory@40000000',
        properties: { device_type: 'memory', reg: [0, memoryBase, 0, memoryBytes] },
      },
      { name: 'psci', properties: { compatible: 'arm,psci-1.0\0arm,psci-0.2', method: 'hvc' } },
      {
        name: 'timer',
        properties: {
          compatible: 'arm,armv8-timer',
          interrupts: [1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4],
        },
      },
      {
        name: 'intc@8000000',
        properties: {
          compatible: 'arm,gic-v3',
          reg: [0, 0x800_0000, 0, 0x1_0000, 0, 0x80a_0000, 0, 0x2_0000],
        },
      },
      {
        name: 'pl011@9000000',
        properties: {
          compatible: 'arm,pl011\0arm,primecell',
          reg: [0, 0x900_0000, 0, 0x1000],
          interrupts: [0, 1, 4],
        },
      },
    ],
  })
}
