/**
 * Checks that imports point down: api -> devices -> jit, api -> images -> jit/isa; test may import anything, and no host
 * code imports guest code (kernel, userland, jit/core/assembly but for its layout). `jit` and `devices` name node: and
 * bun: modules in back ends only, so that a machine can also live in a browser.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

const root = join(import.meta.dir, '../..')

/** Folders a folder's files may import from, beside their own. The longest matching prefix counts. */
const ALLOWED: Record<string, readonly string[]> = {
  'jit/isa': [],
  'jit/core': ['jit/isa'],
  'jit/translate': ['jit/core', 'jit/isa'],
  devices: ['jit'],
  images: ['jit/isa', 'kernel/image.ts', 'kernel/abi', 'kernel/boot/assembly.ts'],
  api: ['devices', 'images', 'jit'],
  kernel: ['jit/isa', 'kernel/abi'],
  'kernel/image.ts': ['kernel', 'jit/isa'],
  'kernel/abi': ['kernel/assembly'],
  'kernel/assembly': ['kernel/abi', 'jit/isa'],
  'kernel/testing': ['kernel', 'images', 'jit/isa'],
  'kernel/boot/assembly.ts': [],
  userland: [],
  test: ['api', 'devices', 'images', 'jit'],
}

/** AssemblyScript that becomes core.wasm or guest code: seen by the host only through these. */
const GUEST = ['jit/core/assembly', 'kernel', 'userland']
const SHARED = [
  'jit/core/assembly/layout.ts',
  'jit/core/assembly/sysstate.ts',
  'kernel/image.ts',
  'kernel/boot/assembly.ts',
]
/** Host code beside guest code: the tables both are made from. */
const SHARED_FOLDERS = ['kernel/abi', 'kernel/assembly']

/** Where a platform's own modules may be named in jit and devices. */
const BACK_ENDS = [
  'jit/core/build.ts',
  'jit/core/index.ts',
  'devices/backends',
  'devices/disk',
  'devices/net/link.ts',
  'devices/net/open.ts',
  'devices/net/shared-hub.ts',
  'devices/net/stream.ts',
  'devices/net/unix-socket.ts',
]
const BACK_END_SUFFIXES = ['.test.ts', '.fixture.ts', 'testing.ts', 'fuzz.ts']

function files(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : files(path)
    return entry.name.endsWith('.ts') ? [path] : []
  })
}

function under(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

function longest(path: string): string | undefined {
  return Object.keys(ALLOWED)
    .filter((folder) => under(path, folder))
    .sort((a, b) => b.length - a.length)[0]
}

/** Module names in import and export declarations, dynamic imports included. */
function imports(text: string): string[] {
  const pattern =
    /(?:^|[\s;}])(?:import|export)\s*(?:[\w*{}\s,$]+\sfrom\s*)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]/g
  return [...text.matchAll(pattern)].map((match) => (match[1] ?? match[2])!)
}

function problem(file: string, name: string): string | undefined {
  const test = /\.test\.ts$/.test(file) || BACK_END_SUFFIXES.some((suffix) => file.endsWith(suffix))
  if (!name.startsWith('.')) {
    const platform = /^(node|bun):|^bun$/.test(name)
    if (!platform || test || !(under(file, 'jit') || under(file, 'devices'))) return undefined
    if (BACK_ENDS.some((folder) => under(file, folder))) return undefined
    return `names "${name}" outside a back end`
  }
  const target = relative(root, resolve(root, dirname(file), name))
  const guest = GUEST.find((folder) => under(target, folder))
  if (
    guest &&
    !under(file, guest) &&
    !SHARED.includes(target) &&
    !SHARED_FOLDERS.some((folder) => under(target, folder))
  )
    return `imports guest code ${target}`
  const home = longest(file)
  const there = longest(target)
  if (home === undefined || there === undefined || home === there) return undefined
  if (under(file, 'test') || test) return undefined
  if (ALLOWED[home]!.some((folder) => under(there, folder))) return undefined
  return `imports ${target}, which is not below ${home}`
}

/** One line for every import that points the wrong way. */
export function wrongImports(): string[] {
  return Object.keys(ALLOWED)
    .map((folder) => folder.split('/')[0]!)
    .filter((folder, i, all) => all.indexOf(folder) === i)
    .filter((folder) => readdirSync(root).includes(folder))
    .flatMap(files)
    .flatMap((file) =>
      imports(readFileSync(join(root, file), 'utf8')).flatMap((name) => {
        const text = problem(file, name)
        return text ? [`${file} ${text}`] : []
      }),
    )
}

if (import.meta.main) {
  const wrong = wrongImports()
  for (const line of wrong) process.stderr.write(`${line}\n`)
  process.exit(wrong.length > 0 ? 1 : 0)
}
