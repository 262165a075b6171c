/**
 * Machines that run a few instructions, for tests of debugging.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildCore } from '../../jit/core/build.ts'
import { assemble } from '../../jit/isa/assemble.ts'
import { Machine } from '../machine.ts'
import type { MachineSpec } from '../spec.ts'

// Takes long after a change of the core's sources: longer than a test may.
await buildCore()

/** Makes machines of instructions. Their files live until `remove`, for a reset reads them again. */
export class TinyGuests {
  private readonly folder = mkdtempSync(join(tmpdir(), 'kenix-gdb-'))
  private files = 0

  /** A machine that starts at the first of these instructions, at EL1 with the MMU off. */
  async machine(lines: readonly string[], spec: Partial<MachineSpec> = {}): Promise<Machine> {
    const kernel = this.kernel(lines)
    return Machine.create({ memory: '128M', ...spec, boot: { kernel } })
  }

  /** Path of a file that `boot.kernel` takes. */
  kernel(lines: readonly string[]): string {
    const code = new Uint8Array(lines.length * 4)
    const view = new DataView(code.buffer)
    for (const [n, line] of lines.entries()) view.setUint32(4 * n, assemble(line), true)
    const kernel = join(this.folder, `kernel${this.files++}`)
    writeFileSync(kernel, code)
    return kernel
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
