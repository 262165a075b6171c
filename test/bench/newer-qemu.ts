/**
 * The newer QEMU of bookworm-backports, unpacked into .cache/bench beside the installed one, so that both can be measured.
 * apt keeps its state in a folder of ours: nothing of the host's packages changes.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CACHE } from './build.ts'

const PACKAGE = 'qemu-system-arm'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const MIRROR = 'http://deb.debian.org/debian'
const SUITES = ['bookworm', 'bookworm-backports']
const MACHINE = 'x86_64-linux-gnu'

/** How to start it. */
export interface NewerQemu {
  readonly command: readonly string[]
  /** For its libraries that are not installed. */
  readonly environment: Readonly<Record<string, string>>
  readonly version: string
}

/** Unpacks it if need be. Returns the reason, in words, if it cannot be had. */
export function newerQemu(): NewerQemu | string {
  if (process.arch !== 'x64' || !Bun.which('apt-get') || !Bun.which('dpkg-deb')) {
    return 'bookworm-backports can be unpacked on x86-64 with apt and dpkg only'
  }
  const folder = join(CACHE, 'qemu-backports')
  try {
    if (!existsSync(folder)) unpack(folder)
    const environment = { LD_LIBRARY_PATH: join(folder, 'usr/lib', MACHINE) }
    const program = join(folder, 'usr/bin/qemu-system-aarch64')
    const text = run([program, '--version'], folder, environment)
    const version = /version (\S+)/.exec(text)?.[1] ?? 'unknown'
    return { command: [program, '-L', join(folder, 'usr/share/qemu')], environment, version }
  } catch (error) {
    return (error as Error).message
  }
}

function unpack(folder: string): void {
  const apt = join(CACHE, 'apt')
  const debs = join(apt, 'debs')
  for (const part of ['lists/partial', 'cache/archives/partial', 'debs']) {
    mkdirSync(join(apt, part), { recursive: true })
  }
  const sources = join(apt, 'sources.list')
  const line = (suite: string) => `deb [signed-by=${KEYRING}] ${MIRROR} ${suite} main\n`
  writeFileSync(sources, SUITES.map(line).join(''))
  const settings = {
    'APT::Sandbox::User': 'root',
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(apt, 'lists'),
    'Dir::Cache': join(apt, 'cache'),
  }
  const options = Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
  run(['apt-get', ...options, 'update'], apt)
  const newest = `${PACKAGE}/${SUITES[1]}`
  run(['apt-get', ...options, 'download', newest, 'qemu-system-data/bookworm-backports'], debs)
  const partial = `${folder}.${process.pid}`
  unpackAll(debs, partial)
  const missing = librariesMissing(join(partial, 'usr/bin/qemu-system-aarch64'))
  if (missing.length > 0) {
    const depends = run(['apt-cache', ...options, 'depends', newest], apt)
    const names = [...depends.matchAll(/Depends: (lib\S+)/g)].map((match) => match[1]!)
    run(['apt-get', ...options, 'download', ...names.filter((name) => !installed(name))], debs)
    unpackAll(debs, partial)
  }
  renameSync(partial, folder)
}

function unpackAll(debs: string, folder: string): void {
  for (const deb of readdirSync(debs)) {
    run(['dpkg-deb', '-x', join(debs, deb), folder], debs)
    rmSync(join(debs, deb))
  }
}

function librariesMissing(program: string): string[] {
  const { stdout } = Bun.spawnSync(['ldd', program])
  return [...stdout.toString().matchAll(/(\S+) => not found/g)].map((match) => match[1]!)
}

function installed(name: string): boolean {
  return Bun.spawnSync(['dpkg', '-s', name], { stdout: 'ignore', stderr: 'ignore' }).exitCode === 0
}

function run(
  command: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>> = {},
): string {
  const env = { ...process.env, ...environment }
  const { exitCode, stdout, stderr } = Bun.spawnSync([...command], { cwd, env, stderr: 'pipe' })
  if (exitCode !== 0) throw new Error(`"${command.join(' ')}" says: ${stderr.toString().trim()}`)
  return stdout.toString()
}
