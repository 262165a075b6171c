/**
 * The program behind `bun start` and `bun kenix`. Imports built-ins only, so that it runs on a fresh clone, installs what
 * is missing, and then loads the command line.
 */
import { restartWithEngineOptions } from '../engine.ts'
import { ensureInstalled } from './install.ts'

ensureInstalled()
if (process.argv[2] === 'run') restartWithEngineOptions()
const { main } = await import('./main.ts')
process.exitCode = await main(process.argv.slice(2))
