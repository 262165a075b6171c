/**
 * Debian packages that tests use as oracles and as guest software.
 *
 * In CI a missing package is installed; elsewhere it is installed when that is possible without asking (root, apt), and
 * otherwise the test is skipped with the reason printed once.
 */
const asked = new Map<string, boolean>()

/**
 * Says whether all of `packages` are installed, installing them if possible.
 * @returns false, after printing why, if a test that needs them must be skipped.
 */
export function need(...packages: string[]): boolean {
  return packages.map(present).every(Boolean)
}

function present(name: string): boolean {
  const known = asked.get(name)
  if (known !== undefined) return known
  const found = installed(name) || install(name)
  if (!found) {
    if (process.env['CI']) throw new Error(`Cannot install the Debian package "${name}"`)
    process.stderr.write(
      `Skipping what needs the Debian package "${name}": apt-get install ${name}\n`,
    )
  }
  asked.set(name, found)
  return found
}

function installed(name: string): boolean {
  if (!Bun.which('dpkg')) return false
  const { stdout } = Bun.spawnSync(['dpkg', '-s', name], {
    stderr: 'ignore',
  })
  return stdout.toString().includes('Status: install ok installed')
}

let updated = false

function install(name: string): boolean {
  if (process.getuid?.() !== 0 || !Bun.which('apt-get')) return false
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args: string[]) =>
    Bun.spawnSync(['apt-get', '-q', '-y', ...args], { env, stdout: 'ignore', stderr: 'ignore' })
      .exitCode === 0
  if (!updated) {
    updated = true
    apt('update')
  }
  return apt('install', '--no-install-recommends', name)
}
