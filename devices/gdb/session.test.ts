import { describe, expect, test } from 'bun:test'
import { SeededRandom } from '../random.ts'
import { textToHex } from './hex.ts'
import { PACKET_SIZE, PacketReader, packet } from './packet.ts'
import { GdbSession } from './session.ts'
import { FakeTarget, MEMORY } from './target.fixture.ts'

/** A debugger: sends packets, and collects what comes back. */
class Debugger {
  readonly session: GdbSession
  readonly raw: number[] = []
  ended = false
  private readonly reader = new PacketReader()
  private replies: string[] = []

  constructor(readonly target = new FakeTarget()) {
    this.session = new GdbSession(target, {
      send: (bytes) => {
        this.raw.push(...bytes)
        for (const frame of this.reader.read(bytes)) {
          if (frame.kind === 'packet') this.replies.push(String.fromCharCode(...frame.data))
        }
      },
      end: () => {
        this.ended = true
      },
    })
    target.calls.length = 0
  }

  /** Sends a packet; returns all replies to it. */
  ask(data: string): string[] {
    this.session.receive(packet(data))
    return this.taken()
  }

  /** Sends bytes as they are. */
  send(text: string): void {
    this.session.receive(Uint8Array.from(text, (letter) => letter.charCodeAt(0)))
  }

  taken(): string[] {
    const replies = this.replies
    this.replies = []
    return replies
  }
}

describe('GdbSession', () => {
  test('stops the target when it attaches', () => {
    const target = new FakeTarget()
    new GdbSession(target, { send() {}, end() {} })
    expect(target.calls).toEqual(['attach'])
  })

  test('acknowledges until it is told not to', () => {
    const gdb = new Debugger()
    gdb.ask('?')
    expect(gdb.raw[0]).toBe(0x2b)
    expect(gdb.ask('QStartNoAckMode')).toEqual(['OK'])
    gdb.raw.length = 0
    gdb.ask('?')
    expect(String.fromCharCode(...gdb.raw)).toMatch(/^\$T05/)
  })

  test('asks for a damaged packet again, and sends its own again when asked', () => {
    const gdb = new Debugger()
    gdb.send('$?#00')
    expect(String.fromCharCode(...gdb.raw)).toBe('-')
    expect(gdb.ask('qAttached')).toEqual(['1'])
    gdb.send('-')
    expect(gdb.taken()).toEqual(['1'])
  })

  test('says what it can do', () => {
    const [reply] = new Debugger().ask('qSupported:multiprocess+;swbreak+;hwbreak+')
    expect(reply).toBe(
      'PacketSize=4000;QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;hwbreak+',
    )
  })

  test('answers what it does not know with nothing, as the protocol wants', () => {
    const gdb = new Debugger()
    for (const text of ['vMustReplyEmpty', 'qTStatus', 'QNonStop:1', '!', 'R00', 'vFile:open', '~'])
      expect(gdb.ask(text)).toEqual([''])
    expect(gdb.ask('')).toEqual([''])
  })

  test('hands out its description in parts', () => {
    const gdb = new Debugger()
    expect(gdb.ask('qXfer:features:read:target.xml:0,a')).toEqual(['m<target>#$'])
    expect(gdb.ask('qXfer:features:read:target.xml:a,fff')).toEqual(['l}*</target>'])
    expect(gdb.ask('qXfer:features:read:target.xml:fff,fff')).toEqual(['l'])
    expect(gdb.ask('qXfer:features:read:other.xml:0,a')).toEqual(['E00'])
    expect(gdb.ask('qXfer:features:read:target.xml:x,a')).toEqual(['E22'])
    expect(gdb.ask('qXfer:memory-map:read::0,a')).toEqual([''])
  })
})

describe('registers', () => {
  test('are read and written one by one, or all at once', () => {
    const gdb = new Debugger()
    expect(gdb.ask('P2=8877665544332211')).toEqual(['OK'])
    expect(gdb.target.values[0]![2]).toBe(0x1122334455667788n)
    expect(gdb.ask('p2')).toEqual(['8877665544332211'])
    expect(gdb.ask('g')[0]).toBe(`${'00'.repeat(16)}8877665544332211${'00'.repeat(8)}`)
    expect(gdb.ask(`G${'01'.repeat(32)}`)).toEqual(['OK'])
    expect(gdb.target.values[0]!.slice(0, 4)).toEqual(Array(4).fill(0x0101010101010101n))
  })

  test('belong to the vCPU that was selected', () => {
    const gdb = new Debugger()
    expect(gdb.ask('Hg2')).toEqual(['OK'])
    gdb.ask('P0=0100000000000000')
    expect(gdb.target.values.map(([x0]) => x0)).toEqual([0n, 1n])
  })

  test.each([
    'p',
    'p22',
    'pzz',
    'p123456789',
    'P0',
    'P0=',
    'P0=00',
    'P0=zz00000000000000',
    'P22=0000000000000000',
    'P21=0000000000000000',
    'P-1=0000000000000000',
    'G',
    'G00',
    `G${'0'.repeat(66)}`,
    `G${'0'.repeat(63)}`,
  ])('refuses %s', (text) => {
    expect(new Debugger().ask(text)).toEqual(['E22'])
  })
})

describe('memory', () => {
  const start = MEMORY.toString(16)

  test('is read, and written as hexadecimal or binary data', () => {
    const gdb = new Debugger()
    expect(gdb.ask(`m${start},4`)).toEqual(['00010203'])
    expect(gdb.ask(`M${start},2:aBcd`)).toEqual(['OK'])
    expect(gdb.ask(`X${start},3:#$}`)).toEqual(['OK'])
    expect(gdb.ask(`m${start},4`)).toEqual(['23247d03'])
    expect(gdb.ask(`X${start},0:`)).toEqual(['OK'])
    expect(gdb.ask(`m${start},0`)).toEqual([''])
  })

  test('is read as far as there is any', () => {
    const gdb = new Debugger()
    expect(gdb.ask(`m${(MEMORY + 30n).toString(16)},ffffffff`)).toEqual(['1e1f'])
    expect(gdb.ask('m0,4')).toEqual(['E14'])
    expect(gdb.ask('M0,1:00')).toEqual(['E14'])
    expect(gdb.ask(`X${(MEMORY + 31n).toString(16)},2:ab`)).toEqual(['E14'])
    expect(gdb.target.memory[31]).toBe(31)
  })

  test.each([
    'm',
    'm,',
    'm0',
    'mx,1',
    'm0,x',
    'm-1,1',
    'm00000000000000000,1',
    'm0,123456789',
    'M',
    'M0,1',
    'M0,1:',
    'M0,1:0',
    'M0,1:zz',
    'M0,2:00',
    'M0,ffffffff:00',
    'X0,1:',
    'X0,1:ab',
    'X:',
  ])('refuses %s', (text) => {
    expect(new Debugger().ask(text)).toEqual(['E22'])
  })
})

describe('breakpoints', () => {
  test('reach the target when it goes on', () => {
    const gdb = new Debugger()
    expect(gdb.ask('Z0,1000,4')).toEqual(['OK'])
    expect(gdb.ask('Z1,ffff000000002000,4')).toEqual(['OK'])
    expect(gdb.ask('c')).toEqual([])
    expect([...gdb.target.breakpoints]).toEqual([0x1000n, 0xffff000000002000n])
  })

  test('of both kinds may be at one address, and go one by one', () => {
    const gdb = new Debugger()
    for (const text of ['Z0,1000,4', 'Z1,1000,4', 'Z0,1000,4', 'z0,1000,4', 'c']) gdb.ask(text)
    expect([...gdb.target.breakpoints]).toEqual([0x1000n])
    gdb.send('\x03')
    for (const text of ['z1,1000,4', 'z1,1000,4', 'c']) gdb.ask(text)
    expect(gdb.target.breakpoints.size).toBe(0)
  })

  test('that find no room are refused', () => {
    const gdb = new Debugger()
    for (const at of ['1000', '2000', '3000']) expect(gdb.ask(`Z0,${at},4`)).toEqual(['OK'])
    expect(gdb.ask('Z0,4000,4')).toEqual(['E28'])
    expect(gdb.ask('Z1,1000,4')).toEqual(['OK'])
  })

  test('are the reason that is told to who understands it', () => {
    const gdb = new Debugger()
    gdb.target.values[1]![32] = 0x1000n
    gdb.ask('Z0,1000,4')
    gdb.ask('c')
    gdb.target.listener!.stopped({ kind: 'breakpoint', cpu: 1 })
    expect(gdb.taken()).toEqual(['T05thread:02;'])
    gdb.ask('qSupported:swbreak+;hwbreak+')
    gdb.ask('c')
    gdb.target.listener!.stopped({ kind: 'breakpoint', cpu: 1 })
    expect(gdb.taken()).toEqual(['T05thread:02;swbreak:;'])
    for (const text of ['Z1,1000,4', 'z0,1000,4', 'c']) gdb.ask(text)
    gdb.target.listener!.stopped({ kind: 'breakpoint', cpu: 1 })
    expect(gdb.taken()).toEqual(['T05thread:02;hwbreak:;'])
  })

  test('for data are not supported', () => {
    const gdb = new Debugger()
    for (const text of ['Z2,1000,4', 'Z3,1000,4', 'z4,1000,4', 'Z', 'Z9'])
      expect(gdb.ask(text)).toEqual([''])
  })

  test.each(['Z0', 'Z0,', 'Z0,x,4', 'Z0,1000', 'Z0,1000,2', 'Z0,1002,4', 'z1,1000,x'])(
    'refuses %s',
    (text) => {
      expect(new Debugger().ask(text)).toEqual(['E22'])
    },
  )
})

describe('going on', () => {
  test.each([
    ['c', {}],
    ['C05', {}],
    ['s', { step: 0 }],
    ['S05', { step: 0 }],
    ['vCont;c', {}],
    ['vCont;C05', {}],
    ['vCont;s', { step: 0 }],
    ['vCont;s:2;c', { step: 1 }],
    ['vCont;S05:2;c:1', { step: 1 }],
    ['vCont;c:2', { only: new Set([1]) }],
    ['vCont;c:1;c:2', {}],
    ['vCont;c:-1', {}],
    // The leftmost action of a thread counts.
    ['vCont;c:1;s', { step: 1 }],
  ])('%s', (text, how) => {
    const gdb = new Debugger()
    expect(gdb.ask(text)).toEqual([])
    expect(gdb.target.calls).toEqual([how])
  })

  test('steps the vCPU of Hc, at the address given', () => {
    const gdb = new Debugger()
    gdb.ask('Hc2')
    gdb.ask('s2000')
    expect(gdb.target.values.map((values) => values[32])).toEqual([0n, 0x2000n])
    expect(gdb.target.calls).toEqual([{ step: 1 }])
    gdb.target.listener!.stopped({ kind: 'step', cpu: 1 })
    expect(gdb.taken()).toEqual(['T05thread:02;'])
    expect(gdb.ask('C05;3000')).toEqual([])
    expect(gdb.target.values[1]![32]).toBe(0x3000n)
  })

  test.each([
    'vCont;',
    'vCont;x',
    'vCont;c:3',
    'vCont;c:x',
    'vCont;c:',
    'vCont;s:1;;c',
    'vCont;C',
    'vCont;r1000,2000',
    'cx',
    'c12345678901234567',
    'C',
    'Cx5',
    'S05;',
  ])('refuses %s, and does not go on', (text) => {
    const gdb = new Debugger()
    expect(gdb.ask(text)).toEqual(['E22'])
    expect(gdb.target.calls).toEqual([])
  })

  test('an interrupt stops a target that runs, once', () => {
    const gdb = new Debugger()
    gdb.send('\x03')
    expect(gdb.taken()).toEqual([])
    gdb.ask('c')
    gdb.target.lastCpu = 1
    gdb.send('\x03\x03')
    expect(gdb.taken()).toEqual(['T02thread:02;'])
    expect(gdb.target.calls).toEqual([{}, 'hold'])
    expect(gdb.ask('?')).toEqual(['T02thread:02;'])
    expect(gdb.ask('qC')).toEqual(['QC02'])
  })

  test('refuses to go on twice', () => {
    const gdb = new Debugger()
    gdb.ask('c')
    for (const text of ['c', 's', 'vCont;c', 'C05']) expect(gdb.ask(text)).toEqual(['E16'])
    expect(gdb.target.calls).toEqual([{}])
  })

  test('says when the guest waits for good', () => {
    const gdb = new Debugger()
    gdb.ask('c')
    gdb.target.listener!.stopped({ kind: 'halted', cpu: 0 })
    const [text, stop] = gdb.taken()
    expect(text).toStartWith(`O${textToHex('All vCPUs wait')}`)
    expect(stop).toBe('T02thread:01;')
  })

  test('says when the guest ended, and ends the connection', () => {
    const gdb = new Debugger()
    gdb.ask('c')
    gdb.target.listener!.ended({ reason: 'semihosting', status: 42 })
    expect(gdb.taken()).toEqual(['W2a'])
    expect(gdb.ended).toBe(true)
  })

  test('says so of a guest that ended before', () => {
    const gdb = new Debugger()
    gdb.target.exitStatus = 3
    expect(gdb.ask('?')).toEqual(['W03'])
    expect(gdb.ask('vCont;c')).toEqual(['W03'])
    expect(gdb.target.calls).toEqual([])
  })
})

describe('threads', () => {
  test('are the vCPUs', () => {
    const gdb = new Debugger()
    expect(gdb.ask('qfThreadInfo')).toEqual(['m01,02'])
    expect(gdb.ask('qsThreadInfo')).toEqual(['l'])
    expect(gdb.ask('qC')).toEqual(['QC01'])
    expect(gdb.ask('T2')).toEqual(['OK'])
    expect(gdb.ask('qThreadExtraInfo,2')).toEqual([textToHex('vCPU 1: off')])
  })

  test('of any number or all are accepted where a thread is selected', () => {
    const gdb = new Debugger()
    for (const text of ['Hg0', 'Hc-1', 'Hc0', 'Hg-1']) expect(gdb.ask(text)).toEqual(['OK'])
  })

  test.each([
    'T',
    'T0',
    'T3',
    'Tx',
    'T-1',
    'H',
    'Hg',
    'Hg3',
    'Hgp1.1',
    'Hx1',
    'qThreadExtraInfo,9',
  ])('refuses %s', (text) => {
    expect(new Debugger().ask(text)).toEqual(['E22'])
  })
})

describe('leaving', () => {
  test('detaches and lets the target run', () => {
    const gdb = new Debugger()
    expect(gdb.ask('D')).toEqual(['OK'])
    expect(gdb.target.calls).toEqual(['detach'])
    expect(gdb.ended).toBe(true)
    expect(gdb.ask('g')).toEqual([])
    gdb.session.close()
    expect(gdb.target.calls).toEqual(['detach'])
  })

  test.each([
    ['k', []],
    ['vKill;1', ['OK']],
  ])('%s ends the machine', (text, replies) => {
    const gdb = new Debugger()
    expect(gdb.ask(text)).toEqual(replies)
    expect(gdb.target.calls).toEqual(['detach', 'kill'])
  })
})

describe('monitor', () => {
  test('passes lines on, and the answer back', async () => {
    const gdb = new Debugger()
    expect(gdb.ask(`qRcmd,${textToHex('info cpus')}`)).toEqual([textToHex('done\n')])
    expect(gdb.target.calls).toEqual([{ cpu: 0, line: 'info cpus' }])
    gdb.target.answer = ''
    expect(gdb.ask('qRcmd,')).toEqual(['OK'])
    gdb.target.answer = Promise.resolve('late\n')
    expect(gdb.ask(`qRcmd,${textToHex('reset')}`)).toEqual([])
    await Promise.resolve()
    expect(gdb.taken()).toEqual([textToHex('late\n')])
  })

  test.each(['qRcmd,0', 'qRcmd,zz'])('refuses %s', (text) => {
    expect(new Debugger().ask(text)).toEqual(['E22'])
  })
})

describe('hostile input', () => {
  test('a packet that is too long is refused, and the next one served', () => {
    const gdb = new Debugger()
    expect(gdb.ask(`M0,1:${'0'.repeat(PACKET_SIZE)}`)).toEqual(['E22'])
    expect(gdb.ask('qAttached')).toEqual(['1'])
  })

  test('random packets never throw', () => {
    const random = new SeededRandom(7)
    const noise = new Uint8Array(24)
    const first = '?gGpPmMXZzHTqQcsCSvDk'
    const words = ['vCont;', 'qXfer:features:read:target.xml:', 'qRcmd,', 'qThreadExtraInfo,', '']
    let gdb = new Debugger()
    for (let n = 0; n < 20_000; n++) {
      random.fill(noise)
      const tail = String.fromCharCode(...noise.subarray(0, noise[0]! % 24))
      const plain = [...tail].map((letter) => '0123456789abcdef,:;=-'[letter.charCodeAt(0) % 21])
      const head = n % 3 ? first[noise[1]! % first.length]! : words[noise[1]! % words.length]!
      gdb.ask(head + (n % 2 ? tail : plain.join('')))
      if (gdb.ended) gdb = new Debugger()
    }
  })
})
