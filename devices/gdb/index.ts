/**
 * A GDB remote stub for machines: docs/debugging.md.
 */
export { type GdbOptions, type GdbServer, serveGdb } from './tcp.ts'
