/**
 * Runs the tests of the CPU and of the machine with the translator off, eager and forced: `bun run test:modes [MODE...]`.
 *
 * `bun test` itself runs the machine's tests with the translator on, and the core's without it. Whatever executes the guest,
 * the same tests must pass: states, counts, devices and consoles are the same to the bit.
 */
import { TRANSLATE_MODES } from '../jit/translate/index.ts'

const CORE = [
  'jit/core/asid.test.ts',
  'jit/core/core.test.ts',
  'jit/core/count.test.ts',
  'jit/core/fuzz.test.ts',
  'jit/core/memory.test.ts',
  'jit/core/tlb.test.ts',
  'jit/core/system',
]
const MACHINE = [...CORE, 'jit/core/code.test.ts', 'test/baremetal', 'devices']
/** Forced translation makes a module of each branch target: the machine's tests would take an hour. */
const PATHS: Record<string, readonly string[]> = { off: MACHINE, eager: MACHINE, forced: CORE }

const modes = process.argv.slice(2)
for (const mode of modes) {
  if (!(mode in PATHS)) {
    process.stderr.write(
      `Cannot test mode "${mode}": one of ${TRANSLATE_MODES.filter((m) => m in PATHS).join(', ')}\n`,
    )
    process.exit(2)
  }
}
let failed = false
for (const mode of modes.length ? modes : Object.keys(PATHS)) {
  process.stdout.write(`== translator ${mode}\n`)
  const { exitCode } = Bun.spawnSync(
    [process.execPath, 'test', '--timeout', '300000', ...PATHS[mode]!],
    { env: { ...process.env, KENIX_TRANSLATE: mode }, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  failed ||= exitCode !== 0
}
process.exitCode = failed ? 1 : 0
