import { describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { need } from '../../test/tools/debian.ts'
import { type FdtNode, readFdt, writeFdt } from '../fdt.ts'
import { type VirtConfig, virtWindows } from './virt.ts'
import { virtTree } from './virt-fdt.ts'

const SEEDS = { rngSeed: new Uint8Array(32), kaslrSeed: new Uint8Array(8) }

function ours(config: VirtConfig): FdtNode {
  return readFdt(writeFdt({ root: virtTree(config, SEEDS), reservations: [], bootCpu: 0 })).root
}

/** The device tree that QEMU makes for the same machine. */
function qemus({ cpus, cpu, memoryBytes, gic, el2 }: VirtConfig): FdtNode {
  const folder = mkdtempSync(join(tmpdir(), 'kenix-dtb-'))
  try {
    const file = join(folder, 'virt.dtb')
    const machine = `virt,gic-version=${gic},virtualization=${el2 ? 'on' : 'off'},dumpdtb=${file}`
    const memory = `${memoryBytes / 2 ** 20}M`
    const { exitCode, stderr } = Bun.spawnSync(
      [
        ...['qemu-system-aarch64', '-M', machine, '-cpu', cpu, '-smp', String(cpus), '-m', memory],
        ...['-nic', 'none', '-display', 'none'],
      ],
      { stderr: 'pipe', stdout: 'ignore' },
    )
    if (exitCode !== 0) throw new Error(`QEMU makes no device tree: ${stderr.toString()}`)
    return readFdt(readFileSync(file)).root
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Paths of all nodes by phandle, to compare references by what they mean. */
function phandles(node: FdtNode, path = '', found = new Map<number, string>()) {
  const own = node.cells('phandle')?.[0]
  if (own !== undefined) found.set(own, path || '/')
  for (const child of node.children) phandles(child, `${path}/${child.name}`, found)
  return found
}

const REFERENCES = new Set(['interrupt-parent', 'clocks', 'cpu', 'gpios'])
/** Random numbers. */
const RANDOM = new Set(['rng-seed', 'kaslr-seed'])

/** A node's properties, with references as paths. */
function properties(node: FdtNode, names: Map<number, string>): Record<string, unknown> {
  const result: Record<string, unknown> = {}
  for (const [key, value] of node.properties) {
    if (key === 'phandle') continue
    if (RANDOM.has(key)) result[key] = value.length
    else if (REFERENCES.has(key)) {
      result[key] = node.cells(key)?.map((cell) => names.get(cell) ?? cell)
    } else result[key] = Buffer.from(value).toString('hex')
  }
  return result
}

/** Compares all nodes that both trees have. Returns how many. */
function compare(a: FdtNode, b: FdtNode): number {
  const [namesA, namesB] = [phandles(a), phandles(b)]
  let count = 0
  const walk = (left: FdtNode, right: FdtNode, path: string) => {
    count++
    expect({ path, ...properties(left, namesA) }).toEqual({ path, ...properties(right, namesB) })
    for (const child of left.children) {
      const other = right.child(child.name)
      if (other) walk(child, other, `${path}/${child.name}`)
    }
  }
  walk(a, b, '')
  return count
}

function configs(): VirtConfig[] {
  const list: VirtConfig[] = []
  for (const gic of [2, 3] as const) {
    for (const el2 of [false, true]) {
      for (const cpus of [1, 4]) {
        list.push({ gic, el2, cpus, cpu: 'cortex-a57', memoryBytes: 512 << 20 })
      }
    }
  }
  return [
    ...list,
    { gic: 2, el2: false, cpus: 8, cpu: 'max', memoryBytes: 3 * 2 ** 30 },
    { gic: 3, el2: true, cpus: 2, cpu: 'cortex-a76', memoryBytes: 128 << 20 },
  ]
}

describe('the device tree of board virt', () => {
  test.skipIf(!need('qemu-system-arm')).each(configs())(
    'agrees with QEMU where both have a node: %p',
    (config) => {
      const tree = ours(config)
      const reference = qemus(config)
      expect(compare(tree, reference)).toBeGreaterThan(45)
      // Nothing is described that QEMU does not know.
      for (const node of tree.children) expect(reference.child(node.name)?.name).toBe(node.name)
    },
  )

  test('describes every window, and nothing that is absent', () => {
    const config: VirtConfig = { gic: 2, el2: true, cpus: 2, cpu: 'max', memoryBytes: 1 << 30 }
    const described = new Set<number>()
    const walk = (node: FdtNode) => {
      if (!node.name.startsWith('cpu@')) {
        const cells = node.cells('reg') ?? []
        for (let n = 0; n + 3 < cells.length; n += 4) described.add(cells[n + 1]!)
      }
      for (const child of node.children) walk(child)
    }
    walk(ours(config))
    const windows = virtWindows(config).map(({ base }) => base)
    expect([...described].sort((a, b) => a - b)).toEqual(
      [...windows, 0x4000_0000].sort((a, b) => a - b),
    )
  })
})
