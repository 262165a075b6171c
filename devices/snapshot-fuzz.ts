/**
 * A fuzzer for snapshots: values of a saved machine's state changed at random.
 *
 *     bun devices/snapshot-fuzz.ts [--seconds 60] [--seed N]
 *
 * What must hold: the snapshot is refused with a reason, or gives a machine that runs, and whose run ends when asked to.
 * A failure names its seed. The configuration is left alone: it goes through the same checks as any spec.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Assembler } from '../jit/isa/assembler.ts'
import { random32 } from '../jit/isa/testing.ts'
import { Machine, StateError } from './index.ts'

const INSTRUCTIONS = 50_000
/** The longest that a machine may take for them; usual are some milliseconds. */
const TIMEOUT_MS = 5_000

/** Touches timers, interrupts and the serial port, for ever. */
const PROGRAM = `
  movz x9, #0x900, lsl #16
loop:
  mrs x0, cntvct_el0
  msr cntv_cval_el0, x0
  mov x1, #1
  msr cntv_ctl_el0, x1
  ldr w2, [x9, #0x18]
  str w2, [x9]
  b loop
`

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
/** A value inside of the manifest, and how to replace it. */
interface Place {
  readonly value: Json
  set(value: Json): void
}

/** Every value inside of `root`. */
function leaves(root: Json, out: Place[] = []): Place[] {
  if (typeof root !== 'object' || root === null) return out
  const object = root as { [key: string]: Json }
  for (const key of Object.keys(object)) {
    const value = object[key]!
    if (typeof value === 'object' && value !== null) leaves(value, out)
    out.push({
      value,
      set: (changed) => {
        object[key] = changed
      },
    })
  }
  return out
}

function changed(value: Json, random: () => number): Json {
  const absurd: Json[] = [null, -1, 2 ** 53, 1e308, 'x', [], {}, true, 0, 1, 255, 2 ** 32]
  if (typeof value === 'string' && value.length >= 4 && random() & 1) {
    const bytes = Buffer.from(value, 'base64')
    for (let n = 0; n < 8 && bytes.length > 0; n++) bytes[random() % bytes.length] = random() & 255
    return bytes.toString('base64')
  }
  if (typeof value === 'number' && random() & 1) return value ^ (1 << (random() % 31))
  return absurd[random() % absurd.length]!
}

/** What the changes led to. */
export interface FuzzReport {
  refused: number
  ran: number
}

/**
 * Changes a snapshot in one place for each seed of `first` up to `first + count`.
 * @throws Error naming the seed if anything but a refusal or an ordinary run comes of it.
 */
export async function fuzzSnapshots(
  first: number,
  count: number,
  report: FuzzReport,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kenix-snapshot-fuzz-'))
  try {
    const text = await save(folder)
    for (let seed = first; seed < first + count; seed++) {
      try {
        await fuzzOne(folder, text, seed, report)
      } catch (error) {
        throw new Error(`Snapshot with seed ${seed}: ${error}`, { cause: error })
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Saves a machine into `folder`. Returns its manifest. */
async function save(folder: string): Promise<string> {
  const kernel = join(folder, 'kernel')
  const assembler = new Assembler(0x4008_0000n)
  assembler.text(PROGRAM)
  writeFileSync(kernel, assembler.finish())
  const spec = { memory: '128M', cpus: 2, gic: 3, boot: { kernel }, consoles: [{ type: 'virtio' }] }
  await using machine = await Machine.create(spec)
  await machine.run({ instructions: 10_000 })
  machine.type('typed')
  await machine.save(folder)
  return readFileSync(join(folder, 'machine.json'), 'utf8')
}

async function fuzzOne(
  folder: string,
  text: string,
  seed: number,
  report: FuzzReport,
): Promise<void> {
  const random = random32(seed)
  const manifest = JSON.parse(text) as { state: Json }
  const places = leaves(manifest.state)
  const place = places[random() % places.length]!
  place.set(changed(place.value, random))
  writeFileSync(join(folder, 'machine.json'), JSON.stringify(manifest))
  let restored: Machine
  try {
    restored = await Machine.restore(folder)
  } catch (error) {
    if (!(error instanceof StateError)) throw error
    report.refused += 1
    return
  }
  await using machine = restored
  const { reason } = await machine.run({ instructions: INSTRUCTIONS, timeoutMs: TIMEOUT_MS })
  if (reason === 'timeout') throw new Error(`It ran for ${TIMEOUT_MS} ms`)
  report.ran += 1
}

if (import.meta.main) {
  const option = (name: string, fallback: number): number => {
    const at = process.argv.indexOf(name)
    return at < 0 ? fallback : Number(process.argv[at + 1])
  }
  const end = performance.now() + option('--seconds', 60) * 1000
  const report: FuzzReport = { refused: 0, ran: 0 }
  for (let seed = option('--seed', 1); performance.now() < end; seed += 50) {
    await fuzzSnapshots(seed, 50, report)
  }
  console.log(`${report.refused} snapshots were refused, ${report.ran} ran`)
}
