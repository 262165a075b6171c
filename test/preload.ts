/**
 * Runs before every `bun test`. On a fresh clone there is no node_modules yet, so this file and what it imports use
 * built-ins only.
 */
import { ensureInstalled } from '../api/cli/install.ts'

ensureInstalled()
