/**
 * Tells a person why nothing happens: the CPU's core is compiled when its sources changed, which takes seconds.
 */

const SOON_MS = 100

/** Waits for `work`, and says on standard error what takes so long if it does. */
export async function noticing<T>(work: () => Promise<T>): Promise<T> {
  const notice = setTimeout(() => {
    process.stderr.write('Building the CPU core, which takes a while the first time ...\n')
  }, SOON_MS)
  try {
    return await work()
  } finally {
    clearTimeout(notice)
  }
}
