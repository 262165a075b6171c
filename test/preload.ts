/**
 * Runs before every `bun test`: installs the dependencies of a fresh clone, and builds the CPU core if its sources
 * changed, which takes longer than a test may. Imports nothing but built-ins until the dependencies are there.
 */
import { setDefaultTimeout } from 'bun:test'
import { ensureInstalled } from '../api/cli/install.ts'

ensureInstalled()
const { buildCore } = await import('../jit/core/build.ts')
await buildCore()
// Tests fail by what they expect, not by how busy the host is.
setDefaultTimeout(60_000)
