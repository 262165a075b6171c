/**
 * UEFI firmware for the `virt` board: Debian's build of EDK II, from its package qemu-efi-aarch64. What is installed is
 * taken; otherwise the package is downloaded, with apt's state in a folder of ours so that nothing of the host's own
 * package system changes, and unpacked. Either way copies are kept in .cache/firmware.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeSparse } from '../disk/sparse.ts'

const PACKAGE = 'qemu-efi-aarch64'
/** Where the package puts its files, below the root. */
const FOLDER = 'usr/share/AAVMF'
const CACHE = join(import.meta.dir, '../../.cache/firmware')

/** The firmware's code, and what its variables start from: two flash banks of 64 MiB each. */
export interface Firmware {
  readonly code: string
  readonly vars: string
}

/** What the firmware is made of; others can be given by tests. */
export interface FirmwareSource {
  /** Where copies are kept. */
  cache?: string
  /** Root of the file system in which the package may be installed. */
  root?: string
  /** Where programs are looked for, as in $PATH. */
  path?: string
}

const FILES = { code: 'AAVMF_CODE.fd', vars: 'AAVMF_VARS.fd' } as const

/**
 * Paths of the firmware, fetched now if that was not done before.
 * @param tell called with what is done, for people.
 * @throws Error that says how else to get it.
 */
export async function fetchAavmf(
  tell: (text: string) => void = () => {},
  { cache = CACHE, root = '/', path = process.env['PATH'] ?? '' }: FirmwareSource = {},
): Promise<Firmware> {
  const firmware = { code: join(cache, FILES.code), vars: join(cache, FILES.vars) }
  if (existsSync(firmware.code) && existsSync(firmware.vars)) return firmware
  mkdirSync(cache, { recursive: true })
  const installed = join(root, FOLDER)
  if (existsSync(join(installed, FILES.code))) {
    tell(`Copying the firmware from ${installed} ...`)
    copy(installed, firmware)
    return firmware
  }
  if (!Bun.which('apt-get', { PATH: path }) || !Bun.which('dpkg-deb', { PATH: path })) {
    throw new Error(
      `Cannot get UEFI firmware: neither is ${PACKAGE} installed, nor are there apt-get and dpkg-deb to download it. Install EDK II for AArch64, and give its files to --firmware and --vars`,
    )
  }
  const unpacked = mkdtempSync(join(cache, 'download-'))
  try {
    tell(`Downloading Debian's package ${PACKAGE} ...`)
    await download(unpacked)
    copy(join(unpacked, 'root', FOLDER), firmware)
  } finally {
    rmSync(unpacked, { recursive: true, force: true })
  }
  return firmware
}

function copy(from: string, to: Firmware): void {
  writeSparse(to.vars, readFileSync(join(from, FILES.vars)))
  writeSparse(to.code, readFileSync(join(from, FILES.code)))
}

async function download(folder: string): Promise<void> {
  for (const part of ['lists/partial', 'cache/archives/partial']) {
    mkdirSync(join(folder, part), { recursive: true })
  }
  const options = Object.entries({
    'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
    'Dir::State::lists': join(folder, 'lists'),
    'Dir::Cache': join(folder, 'cache'),
  }).flatMap(([key, value]) => (value === '' ? [] : ['-o', `${key}=${value}`]))
  await command(['apt-get', '-q', ...options, 'update'], folder)
  await command(['apt-get', '-q', ...options, 'download', PACKAGE], folder)
  const deb = readdirSync(folder).find((name) => name.endsWith('.deb'))
  if (!deb) throw new Error(`Cannot find the downloaded package ${PACKAGE} in ${folder}`)
  await command(['dpkg-deb', '-x', deb, 'root'], folder)
}

async function command(words: readonly string[], cwd: string): Promise<void> {
  const child = Bun.spawn([...words], { cwd, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  const errors = await child.stderr.text()
  if ((await child.exited) === 0) return
  throw new Error(
    `Cannot get UEFI firmware: "${words.join(' ')}" failed: ${errors.trim()}. Or install it: apt-get install ${PACKAGE}`,
  )
}
