/** What is to be booted is unusable. The message names the file, the problem and what would be accepted. */
export class BootError extends Error {
  override readonly name = 'BootError'
}
