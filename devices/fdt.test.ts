import { describe, expect, test } from 'bun:test'
import { type Fdt, FdtError, FdtNode, readFdt, writeFdt } from './fdt.ts'

function sample(): Fdt {
  const root = new FdtNode('', { compatible: ['a,b', 'c'], '#size-cells': [2] })
  const soc = root.add(new FdtNode('soc', { ranges: true }))
  soc.add(new FdtNode('uart@9000000', { reg: [0x1_0000_0000n, 0x1000], text: 'odd' }))
  return { root, reservations: [{ address: 0x1000n, bytes: 0x20n }], bootCpu: 1 }
}

/** A valid blob with one 32-bit word changed. */
function damaged(at: number, value: number): Uint8Array {
  const blob = writeFdt(sample())
  new DataView(blob.buffer).setUint32(at, value)
  return blob
}

const TOTAL = 4
const STRUCTURE = 8
const STRINGS = 12
const RESERVE = 16
const STRUCTURE_BYTES = 36
/** The structure block of the sample starts here. */
const FIRST_TOKEN = 40 + 32

describe('device trees', () => {
  test('what is written is read back', () => {
    const fdt = readFdt(writeFdt(sample(), 100))
    expect(fdt.reservations).toEqual([{ address: 0x1000n, bytes: 0x20n }])
    expect(fdt.bootCpu).toBe(1)
    const uart = fdt.root.child('soc')?.child('uart@9000000')
    expect(uart?.cells('reg')).toEqual([1, 0, 0x1000])
    expect(uart?.text('text')).toBe('odd')
    expect(fdt.root.child('soc')?.properties.get('ranges')).toEqual(new Uint8Array(0))
    expect(writeFdt(fdt)).toEqual(writeFdt(sample()))
  })

  test('dtc reads what is written', () => {
    if (!Bun.which('dtc')) return
    const { stdout, exitCode } = Bun.spawnSync(['dtc', '-q', '-I', 'dtb', '-O', 'dts', '-'], {
      stdin: writeFdt(sample(), 64),
    })
    expect(exitCode).toBe(0)
    expect(stdout.toString()).toContain('uart@9000000')
  })

  test.each([
    ['nothing', new Uint8Array(0), 'fewer than the header'],
    ['a file that is none', damaged(0, 0x7f45_4c46), 'starts with 0x7f454c46'],
    ['a truncated one', writeFdt(sample()).subarray(0, 100), 'truncated: 100 bytes'],
    ['a total size beyond its end', damaged(TOTAL, 0x7fff_ffff), 'truncated'],
    ['another version', damaged(20, 1), 'format version is 1'],
    ['a structure block outside', damaged(STRUCTURE, 0xffff_fff0), 'the structure block'],
    ['a structure block in the header', damaged(STRUCTURE, 4), 'the structure block'],
    ['a structure block at an odd address', damaged(STRUCTURE, 73), 'structure block is at 73'],
    [
      'a structure block that is too long',
      damaged(STRUCTURE_BYTES, 0xffff_ffff),
      'structure block',
    ],
    ['a structure block that is too short', damaged(STRUCTURE_BYTES, 8), 'ends too soon'],
    ['strings outside', damaged(STRINGS, 0xffff_ff00), 'the strings block'],
    ['reservations without end', damaged(RESERVE, 0xffff_fff0), 'do not end'],
    ['an unknown token', damaged(FIRST_TOKEN, 7), 'does not start with a node'],
    ['a property with an endless value', damaged(FIRST_TOKEN + 12, 0xffff_fff0), 'property'],
    ['a property name outside', damaged(FIRST_TOKEN + 16, 0xffff), 'outside of the strings'],
  ])('refuses %s', (_, blob, problem) => {
    expect(() => readFdt(blob)).toThrow(FdtError)
    expect(() => readFdt(blob)).toThrow(problem)
  })

  test('refuses an endless name at once, however many properties have it', () => {
    const root = new FdtNode('')
    const name = 'x'.repeat(500_000)
    root.set(name, true)
    const blob = writeFdt({ root, reservations: [], bootCpu: 0 }, 0)
    // The first property again and again, where its node would end.
    const structure = new Uint8Array(1 << 20)
    const view = new DataView(structure.buffer)
    view.setUint32(0, 1)
    for (let at = 8; at + 12 <= structure.length; at += 12) view.setUint32(at, 3)
    const many = new Uint8Array(blob.length + structure.length)
    many.set(blob)
    many.set(structure, blob.length)
    const header = new DataView(many.buffer)
    header.setUint32(TOTAL, many.length)
    header.setUint32(STRUCTURE, blob.length)
    header.setUint32(STRUCTURE_BYTES, structure.length)
    expect(() => readFdt(many)).toThrow('more than 255 bytes')
  })

  test('refuses a node name that does not end, and a file larger than any tree', () => {
    const blob = writeFdt(sample())
    const view = new DataView(blob.buffer)
    const at = view.getUint32(STRUCTURE)
    const unending = blob.slice()
    unending.fill(0x61, at + 4, at + view.getUint32(STRUCTURE_BYTES))
    expect(() => readFdt(unending)).toThrow('a node name does not end')
    const root = new FdtNode('', { bulk: new Uint8Array(3 << 20) })
    const large = writeFdt({ root, reservations: [], bootCpu: 0 })
    expect(() => readFdt(large)).toThrow('more than the limit')
  })

  test('refuses nodes that are nested without end', () => {
    const root = new FdtNode('')
    let node = root
    for (let n = 0; n < 100; n++) node = node.add(new FdtNode('n'))
    expect(() => readFdt(writeFdt({ root, reservations: [], bootCpu: 0 }))).toThrow('64 deep')
  })

  test('any damaged word is an error or a tree, never anything else', () => {
    const { length } = writeFdt(sample())
    for (let at = 0; at < length; at += 4) {
      for (const value of [0, 1, 2, 3, 9, 0xffff_ffff, 0x8000_0000, 0x0100_0000]) {
        try {
          readFdt(damaged(at, value))
        } catch (error) {
          expect(error).toBeInstanceOf(FdtError)
        }
      }
    }
  })
})
