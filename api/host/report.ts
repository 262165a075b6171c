/**
 * Faults of our own, for the person who runs the server.
 */

/** Prints an unexpected error, with its stack, to standard error. */
export function report(error: unknown): void {
  process.stderr.write(`${new Date().toISOString()} ${Bun.inspect(error)}\n`)
}
