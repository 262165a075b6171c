/**
 * Guest software from Debian's arm64 packages: the kernel with its modules, and a BusyBox initramfs made from them.
 *
 * Packages are downloaded with apt's state in a folder of ours, so that nothing of the host's own package system changes,
 * unpacked, and kept in .cache/guests.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { type CpioEntry, cpio } from './cpio.ts'
import { need } from './debian.ts'

const cache = join(import.meta.dir, '../../.cache/guests')

function run(command: string[], cwd: string): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd, stderr: 'pipe' })
  if (exitCode !== 0) {
    throw new Error(`Cannot run "${command.join(' ')}": ${stderr.toString().trim()}`)
  }
  return stdout.toString()
}

function aptOptions(): string[] {
  for (const folder of ['apt/lists/partial', 'apt/cache/archives/partial', 'debs']) {
    mkdirSync(join(cache, folder), { recursive: true })
  }
  const settings = {
    'APT::Architecture': 'arm64',
    'APT::Architectures': 'arm64',
    'APT::Sandbox::User': 'root',
    'Dir::State::lists': join(cache, 'apt/lists'),
    'Dir::Cache': join(cache, 'apt/cache'),
    'Dir::State::status': '/dev/null',
  }
  return Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])
}

/** Unpacks an arm64 package once. Returns its folder. */
function unpacked(name: string): string {
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  const options = aptOptions()
  run(['apt-get', ...options, 'update'], cache)
  const debs = join(cache, 'debs')
  run(['apt-get', ...options, 'download', name], debs)
  const deb = readdirSync(debs).find((file) => file.startsWith(`${name}_`))
  if (!deb) throw new Error(`Cannot find the downloaded package "${name}" in ${debs}`)
  const partial = `${folder}.${process.pid}`
  run(['dpkg-deb', '-x', join(debs, deb), partial], cache)
  renameSync(partial, folder)
  rmSync(join(debs, deb))
  return folder
}

/** The package that Debian's metapackage for arm64 kernels stands for, by the lists fetched last. */
function kernelPackage(): string {
  const known = existsSync(cache)
    ? readdirSync(cache).find((name) => /^linux-image-[\d.-]+-arm64$/.test(name))
    : undefined
  if (known) return known
  const options = aptOptions()
  run(['apt-get', ...options, 'update'], cache)
  const depends = run(['apt-cache', ...options, 'depends', 'linux-image-arm64'], cache)
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1]
  if (!name) throw new Error(`Cannot tell what linux-image-arm64 depends on:\n${depends}`)
  return name
}

/** Whether Debian's arm64 packages can be had here; prints why not. */
export function haveGuests(): boolean {
  if (!need('apt', 'dpkg')) return false
  try {
    kernelPackage()
    return true
  } catch (error) {
    if (process.env['CI']) throw error
    process.stderr.write(`Skipping what needs Debian's arm64 kernel: ${(error as Error).message}\n`)
    return false
  }
}

/** Path of Debian's arm64 kernel, a PE/`Image` file. */
export function debianKernel(): string {
  const boot = join(unpacked(kernelPackage()), 'boot')
  return join(boot, readdirSync(boot).find((name) => name.startsWith('vmlinuz-'))!)
}

/** Path of a module's .ko file, by its name. */
function modulePath(name: string): string {
  const modules = join(unpacked(kernelPackage()), 'lib/modules')
  const wanted = `${name}.ko`
  const found = readdirSync(modules, { recursive: true }).find((path) =>
    String(path).endsWith(`/${wanted}`),
  )
  if (!found) throw new Error(`Cannot find the kernel module "${wanted}"`)
  return join(modules, String(found))
}

/** Modules for virtio-mmio disks with ext4, and for networks, in an order that insmod accepts. */
export const MODULES = {
  virtio: ['virtio', 'virtio_ring', 'virtio_mmio'],
  block: ['virtio_blk'],
  ext4: ['crc32c_generic', 'libcrc32c', 'crc16', 'mbcache', 'jbd2', 'ext4'],
  net: ['failover', 'net_failover', 'virtio_net'],
} as const

export interface InitramfsOptions {
  /** Kernel modules to insert, in order; those built into the kernel are skipped. */
  modules?: readonly string[]
  /** Shell commands before the prompt. */
  commands?: string
}

/** Path of a gzipped initramfs: BusyBox, and an init that mounts /proc, /sys and /dev, then runs a shell. */
export function busyboxInitramfs(options: InitramfsOptions = {}): string {
  const modules = options.modules ?? []
  const init = `#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for m in ${modules.join(' ')}; do [ -f /modules/$m.ko ] && insmod /modules/$m.ko; done
${options.commands ?? ''}
echo "KENIX-GUEST-READY"
exec setsid cttyhack sh
`
  const key = Bun.hash(init).toString(16)
  const path = join(cache, `initramfs-${key}.cpio.gz`)
  if (existsSync(path)) return path
  const busybox = join(unpacked('busybox-static'), 'bin/busybox')
  const entries: CpioEntry[] = [
    ...['bin', 'proc', 'sys', 'dev', 'mnt', 'modules', 'tmp'].map((name) => ({
      name,
      mode: 0o40755,
    })),
    { name: 'bin/busybox', mode: 0o100755, data: readFileSync(busybox) },
    { name: 'bin/sh', mode: 0o120777, data: Buffer.from('busybox') },
    { name: 'init', mode: 0o100755, data: Buffer.from(init) },
    { name: 'dev/console', mode: 0o20600, device: [5, 1] },
  ]
  for (const name of modules) {
    const data = moduleData(name)
    if (data) entries.push({ name: `modules/${name}.ko`, mode: 0o100644, data })
  }
  mkdirSync(cache, { recursive: true })
  writeFileSync(`${path}.${process.pid}`, Bun.gzipSync(cpio(entries)))
  renameSync(`${path}.${process.pid}`, path)
  return path
}

/** A module's file, or undefined if the kernel has it built in. */
function moduleData(name: string): Uint8Array | undefined {
  const modules = join(unpacked(kernelPackage()), 'lib/modules')
  const release = readdirSync(modules)[0]!
  const builtin = readFileSync(join(modules, release, 'modules.builtin'), 'utf8')
  if (builtin.includes(`/${name}.ko`)) return undefined
  return readFileSync(modulePath(name))
}

if (import.meta.main) {
  const modules = Object.values(MODULES).flat()
  const initrd = busyboxInitramfs({ modules })
  process.stdout.write(
    `bun kenix run --kernel ${debianKernel()} --initrd ${initrd} --append console=ttyAMA0\n`,
  )
}
