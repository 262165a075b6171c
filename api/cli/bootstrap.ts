/**
 * The program behind `bun start` and `bun kenix`. Imports built-ins only, so that it runs on a fresh clone, installs what
 * is missing, and then loads the command line.
 */
import { ensureInstalled } from './install.ts'

ensureInstalled()
const { main } = await import('./main.ts')
process.exitCode = await main(process.argv.slice(2))
