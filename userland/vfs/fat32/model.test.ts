import { expect, setDefaultTimeout, test } from 'bun:test'
import { need } from '../../../test/tools/debian.ts'
import { random } from '../../testing/random.ts'
import { fsck, makeVolume, Volume } from '../testing/fat32.ts'

// The first test of a process also waits for the compiler.
setDefaultTimeout(60_000)

const tools = need('dosfstools')

/** What the volume should hold: directories are null. Keys are paths in the case they were made in. */
type Model = Map<string, Uint8Array | null>

const NAMES = ['A.TXT', 'b.txt', 'a longer name.text', 'c', 'Ünï', 'D', 'another long name', '~x~1']

function check(volume: Volume, model: Model): void {
  const folders = ['', ...[...model].filter(([, data]) => data === null).map(([path]) => path)]
  for (const folder of folders) {
    const below = [...model].filter(([path]) => path.slice(0, path.lastIndexOf('/')) === folder)
    const lines = below.map(([path, data]) => {
      const name = path.slice(path.lastIndexOf('/') + 1)
      return data === null ? `d 0 ${name}` : `f ${data.length} ${name}`
    })
    expect(volume.list(folder)).toEqual(lines.sort())
  }
  for (const [path, data] of model) {
    if (data !== null) expect(volume.contents(path)).toEqual(Buffer.from(data))
  }
}

/** Does one random thing to both. */
function step(volume: Volume, model: Model, next: () => number): void {
  const pick = <T>(list: readonly T[]): T => list[next() % list.length]!
  const folders = ['', ...[...model].filter(([, data]) => data === null).map(([path]) => path)]
  const folder = pick(folders.filter((path) => path.split('/').length < 5))
  const path = `${folder}/${pick(NAMES)}`
  const old = model.get(path)
  const below = (of: string) => [...model.keys()].filter((key) => key.startsWith(`${of}/`))
  switch (next() % 8) {
    case 0: {
      const file = volume.create(path)
      if (old !== undefined) expect(file).toBe(-17)
      else model.set(path, new Uint8Array())
      if (file >= 0) volume.close(file)
      return
    }
    case 1:
      expect(volume.mkdir(path)).toBe(old === undefined ? 0 : -17)
      if (old === undefined) model.set(path, null)
      return
    case 2:
    case 3: {
      if (!old) return
      const file = volume.open(path)
      const offset = next() % Math.max(1, Math.min(old.length + 600, 20_000))
      const data = Uint8Array.from({ length: next() % 3000 }, next)
      expect(volume.write(file, offset, data)).toBe(data.length)
      if (data.length > 0) {
        const grown = new Uint8Array(Math.max(old.length, offset + data.length))
        grown.set(old)
        grown.set(data, offset)
        model.set(path, grown)
      }
      volume.close(file)
      return
    }
    case 4: {
      if (!old) return
      const file = volume.open(path)
      const size = next() % 6000
      expect(volume.truncate(file, size)).toBe(0)
      const cut = new Uint8Array(size)
      cut.set(old.subarray(0, size))
      model.set(path, cut)
      volume.close(file)
      return
    }
    case 5:
      expect(volume.unlink(path)).toBe(old === undefined ? -2 : old === null ? -21 : 0)
      if (old) model.delete(path)
      return
    case 6: {
      const full = below(path).length > 0
      expect(volume.rmdir(path)).toBe(old === undefined ? -2 : old ? -20 : full ? -39 : 0)
      if (old === null && !full) model.delete(path)
      return
    }
    default: {
      const target = `${pick(folders)}/${pick(NAMES)}`
      const there = model.get(target)
      let expected = 0
      if (old === undefined) expected = -2
      else if (old === null && `${target}/`.startsWith(`${path}/`) && target !== path)
        expected = -22
      else if (there !== undefined && target !== path) {
        if (old === null && there !== null) expected = -20
        else if (old !== null && there === null) expected = -21
        else if (there === null && below(target).length > 0) expected = -39
      }
      expect(volume.rename(path, target)).toBe(expected)
      if (expected !== 0 || path === target) return
      const moved = [path, ...below(path)].map((key) => [key, model.get(key)!] as const)
      for (const [key] of moved) model.delete(key)
      for (const [key, data] of moved) model.set(target + key.slice(path.length), data)
    }
  }
}

for (const [seed, options] of [
  [1, ['-s', '1']],
  [2, ['-s', '2', '-f', '1']],
  [3, ['-S', '1024', '-s', '1']],
] as const) {
  test.skipIf(!tools)(`300 random changes give what a model says (seed ${seed})`, async () => {
    const next = random(seed)
    const model: Model = new Map()
    let volume = await Volume.mount(makeVolume(8192, ...options))
    for (let i = 1; i <= 300; i++) {
      step(volume, model, next)
      if (i % 50 !== 0) continue
      check(volume, model)
      expect(volume.sync()).toBe(0)
      expect(fsck(volume.disk.bytes)).toBe('')
      volume = await Volume.mount(volume.disk.bytes)
      check(volume, model)
    }
  })
}
