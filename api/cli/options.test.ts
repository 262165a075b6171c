import { describe, expect, test } from 'bun:test'
import { parseSpec } from '../../devices/spec.ts'
import { checkedConfig, MACHINE_OPTIONS, machineSpecOf } from './machine-options.ts'
import { type Option, parseOptions, UsageError } from './options.ts'

const OPTIONS: readonly Option[] = [
  { name: 'file', value: 'FILE', help: '' },
  { name: 'disk', value: 'FILE', help: '', many: true },
  { name: 'count', value: 'N', help: '' },
  { name: 'quick', help: '' },
]

const parse = (...args: string[]) => parseOptions(args, OPTIONS)
const spec = (...args: string[]) => machineSpecOf(parseOptions(args, MACHINE_OPTIONS))
const config = (...args: string[]) => checkedConfig(spec('--kernel', 'Image', ...args))

describe('parseOptions()', () => {
  test('takes values behind a space or an equals sign, flags, and several', () => {
    const values = parse('--file', 'a', '--disk=b=c', '--quick', '--disk', '--odd')
    expect(values.get('file')).toBe('a')
    expect(values.all('disk')).toEqual(['b=c', '--odd'])
    expect([values.has('quick'), values.has('count')]).toEqual([true, false])
  })

  test.each([
    [['stray'], 'an option must come first'],
    [['-x'], 'an option must come first'],
    [['--'], 'There is no option "--"'],
    [['--fil', 'x'], 'Is --file meant?'],
    [['--fast'], 'There is no option "--fast"'],
    [['--file'], '--file needs a value: FILE'],
    [['--file', 'a', '--file', 'b'], '--file was given twice'],
    [['--quick=yes'], '--quick takes no value'],
  ])('%j is refused, and the message helps', (args, message) => {
    expect(() => parse(...args)).toThrow(message)
    expect(() => parse(...args)).toThrow(UsageError)
  })

  test.each(['', ' ', 'x', '1.5', '-1', '11', '1e99', 'NaN', 'Infinity'])(
    '"%s" is no whole number from 0 to 10',
    (text) => {
      const values = parse('--count', text)
      expect(() => values.integer('count', 0, 10)).toThrow('must be a whole number from 0 to 10')
    },
  )
})

describe('the machine of a command line', () => {
  test('has the defaults of the schema, but keeps real time', () => {
    const library = parseSpec({ boot: { kernel: 'Image' }, clock: 'realtime' })
    const { seed, rtcSeconds, ...machine } = config()
    const { seed: _, rtcSeconds: __, ...expected } = library
    expect(machine).toEqual(expected)
    expect(rtcSeconds).toBeCloseTo(Date.now() / 1000, -2)
  })

  test('is repeatable with --clock virtual, and random otherwise unless --seed says', () => {
    expect(config('--clock', 'virtual').seed).toBe(0)
    expect(config().seed).not.toBe(config().seed)
    expect(config('--seed', '7').seed).toBe(7)
  })

  test('has all that the options say', () => {
    const all =
      '--cpu max --cpus 4 --memory 1G --gic 3 --el2 --initrd i --append a=b --dtb d --firmware f --vars v --clock virtual --ns-per-insn 2.5 --rtc 2024-01-02T03:04:05Z --semihosting --no-reboot'
    expect(config(...all.split(' '))).toMatchObject({
      cpu: 'max',
      cpus: 4,
      memory: 2 ** 30,
      gic: 3,
      el2: true,
      boot: { kernel: 'Image', initrd: 'i', cmdline: 'a=b', dtb: 'd', firmware: 'f', vars: 'v' },
      nsPerInsn: 2.5,
      rtcSeconds: Date.parse('2024-01-02T03:04:05Z') / 1000,
      semihosting: true,
      noReboot: true,
    })
    expect(config('--rtc', '1234').rtcSeconds).toBe(1234)
  })

  test('takes disks with layers, and commas in names', () => {
    const disks = ['a.img', 'b.img,ro', 'c,,d.img,overlay=e,,f'].flatMap((disk) => ['--disk', disk])
    expect(spec(...disks).disks).toEqual([
      { file: 'a.img', readonly: false },
      { file: 'b.img', readonly: true },
      { file: 'c,d.img', readonly: false, overlay: 'e,f' },
    ])
  })

  test('takes networks', () => {
    const mac = '52:54:00:00:00:01'
    const nets = ['none', 'hub:lan', `stream:/run/passt.sock,mac=${mac},pcap=out.pcap`]
    expect(spec(...nets.flatMap((net) => ['--net', net])).networks).toEqual([
      { type: 'none' },
      { type: 'hub', name: 'lan' },
      { type: 'stream', path: '/run/passt.sock', mac, pcap: 'out.pcap' },
    ])
  })

  test.each([
    [['--cpus', '9'], '--cpus "9"'],
    [['--gic', '4'], 'must be 2 or 3'],
    [['--cpu', 'z80'], '--cpu "z80"'],
    [['--board', 'toaster'], '--board "toaster"'],
    [['--memory', '1M'], '128 MiB to 3 GiB'],
    [['--memory', 'much'], 'much'],
    [['--disk', ',ro'], 'the file comes first'],
    [['--disk', 'x,rw'], '"rw"'],
    [['--disk', 'x,overlay='], '"overlay="'],
    [['--disk', 'x,ro,overlay=y'], 'needs no overlay'],
    [['--net', 'user'], 'none, hub:NAME or stream:PATH'],
    [['--net', 'hub:'], 'none, hub:NAME or stream:PATH'],
    [['--net', 'hub:x,speed=9'], '"speed=9"'],
    [['--net', 'hub:x,mac=ff:ff:ff:ff:ff:ff'], 'unicast'],
    [['--ns-per-insn', '0'], 'from 0.01 to 1000'],
    [['--rtc', 'noon'], 'rtc'],
    [['--seed', '-1'], '--seed "-1"'],
  ])('%j is refused, and the message helps', (args, message) => {
    expect(() => config(...args)).toThrow(message)
    expect(() => config(...args)).toThrow(UsageError)
  })
})
