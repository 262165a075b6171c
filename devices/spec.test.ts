import { describe, expect, test } from 'bun:test'
import { parseSpec, SpecError } from './spec.ts'

const boot = { kernel: 'Image' }

describe('parseSpec', () => {
  test('fills in what is left out', () => {
    expect(parseSpec({ boot })).toMatchObject({
      board: 'virt',
      cpu: 'cortex-a57',
      cpus: 1,
      memory: 512 << 20,
      gic: 2,
      el2: false,
      clock: 'virtual',
      nsPerInsn: 8,
      seed: 0,
      rtcSeconds: 1_735_689_600,
      disks: [],
      networks: [],
      semihosting: false,
      noReboot: false,
    })
  })

  test.each([
    ['1G', 2 ** 30],
    ['128m', 2 ** 27],
    ['1.5GiB', 1.5 * 2 ** 30],
    ['262144K', 2 ** 28],
    [2 ** 29, 2 ** 29],
  ])('reads %p as a size', (memory, bytes) => {
    expect(parseSpec({ boot, memory }).memory).toBe(bytes)
  })

  test('reads a date, and takes the host time if it is asked to', () => {
    expect(parseSpec({ boot, rtc: '2001-09-09T01:46:40Z' }).rtcSeconds).toBe(1e9)
    expect(parseSpec({ boot, rtc: 1e9 }).rtcSeconds).toBe(1e9)
    const now = Date.now() / 1000
    expect(Math.abs(parseSpec({ boot, rtc: 'host' }).rtcSeconds - now)).toBeLessThan(5)
    expect(Math.abs(parseSpec({ boot, clock: 'realtime' }).rtcSeconds - now)).toBeLessThan(5)
  })

  const bad: [string, unknown, string][] = [
    ['no object', 5, ''],
    ['nothing to boot', { boot: {} }, 'boot: There is nothing to boot'],
    ['an initrd alone', { boot: { firmware: 'f', initrd: 'i' } }, 'An initrd needs a kernel'],
    ['an unknown key', { boot, cpuCount: 2 }, 'cpuCount'],
    ['an unknown key inside', { boot: { kernel: 'k', kernal: 'k' } }, 'kernal'],
    ['too many CPUs', { boot, cpus: 9 }, 'cpus'],
    ['half a CPU', { boot, cpus: 1.5 }, 'cpus'],
    ['an unknown CPU', { boot, cpu: 'cortex-m0' }, 'cpu'],
    ['an unknown board', { boot, board: 'raspi9' }, 'board'],
    ['GICv4', { boot, gic: 4 }, 'gic'],
    ['little memory', { boot, memory: '64M' }, '128 MiB to 3 GiB'],
    ['much memory', { boot, memory: '4G' }, '128 MiB to 3 GiB'],
    ['odd memory', { boot, memory: 2 ** 28 + 4096 }, 'whole MiB'],
    ['memory that is none', { boot, memory: 'lots' }, 'Cannot read "lots" as a size'],
    ['a hub without name', { boot, networks: [{ type: 'hub' }] }, 'A hub needs a name'],
    ['a hub named like a path', { boot, networks: [{ type: 'hub', name: '../x' }] }, 'hub name'],
    ['a stream without path', { boot, networks: [{ type: 'stream' }] }, 'path of a Unix socket'],
    ['a multicast MAC', { boot, networks: [{ type: 'none', mac: '01:00:00:00:00:00' }] }, 'MAC'],
    ['a zero byte', { boot: { kernel: 'k', cmdline: 'a\0b' } }, 'zero byte'],
    ['an empty path', { boot: { kernel: '' } }, 'boot.kernel'],
    ['too many disks', { boot, disks: Array(40).fill({ file: 'd' }) }, 'At most 32'],
    ['no time at all', { boot, rtc: 'yesterday' }, 'rtc'],
    ['an instruction that takes no time', { boot, nsPerInsn: 0 }, 'nsPerInsn'],
    ['a negative seed', { boot, seed: -1 }, 'seed'],
  ]
  test.each(bad)('refuses %s', (_, spec, problem) => {
    expect(() => parseSpec(spec)).toThrow(SpecError)
    expect(() => parseSpec(spec)).toThrow(problem)
  })

  test('reports all problems at once, with their places', () => {
    try {
      parseSpec({ boot, cpus: 0, disks: [{ file: 'a' }, { file: 1 }] })
      expect.unreachable()
    } catch (error) {
      expect((error as SpecError).issues.map(({ path }) => path)).toEqual(['cpus', 'disks.1.file'])
    }
  })
})
