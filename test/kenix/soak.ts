/**
 * Rounds of scripts, pipes, started programs and file traffic, spread over hours of guest time by sleeps, with what the kernel
 * has in use counted before and after: nothing may be lost. On our machine, whose clock is virtual, a sleep costs nothing.
 *
 *   bun test/kenix/soak.ts [--rounds 10000] [--hours 24]
 */

import { readFileSync } from 'node:fs'
import { makeDataDisk } from '../../images/disk/data-disk.ts'
import { writeSparse } from '../../images/disk/sparse.ts'
import { readFat32, treeOf } from '../../images/fat32/index.ts'
import { Scratch } from '../boot/files.ts'
import { programInC } from './program-in-c.ts'
import { Session } from './session.ts'

export interface SoakOptions {
  rounds: number
  /** Hours of guest time that the rounds take together. */
  hours: number
  /** Called after some rounds, with how many. */
  onProgress?: (rounds: number, figures: Figures) => void
}

/** What programs/figures.c counts, by name. */
export type Figures = Readonly<Record<string, number>>

export interface SoakReport {
  rounds: number
  before: Figures
  after: Figures
  /** Seconds of guest time. */
  seconds: number
}

/** Rounds until caches and tables have the size that they keep. */
const WARM_UP = 3
const REPORT_EVERY = 100

/** One round: its number is $1. What it prints tells whether all of it worked. */
const ROUND = `d=/tmp/round-$1
mkdir -p $d
echo line one of $1 > $d/a
echo line two of $1 >> $d/a
cp $d/a $d/b
cat $d/a $d/b | sort | grep two | wc > $d/count
for x in 1 2 3; do echo $x; done | grep 2 > $d/two
(echo in the background > $d/job) &
wait
no-such-program 2> $d/error
cat $d/a > /mnt/round.txt
mv /mnt/round.txt /mnt/last.txt
cat /mnt/last.txt $d/two $d/job | wc
rm -r $d
`

/** Runs the rounds. @throws Error if one of them goes wrong. */
export async function soak({ rounds, hours, onProgress }: SoakOptions): Promise<SoakReport> {
  using scratch = new Scratch()
  const file = scratch.path('disk.img')
  const files = treeOf({ 'round.sh': ROUND, figures: programInC('figures') })
  writeSparse(file, makeDataDisk(files, 40 << 20))
  const pause = ((hours * 3600) / rounds).toFixed(3)
  await using shell = await Session.start('ours', { disks: [{ file }] })
  await shell.command('mkdir -p /tmp')
  await shell.command('n=0')
  const round = async () => {
    // The same line every time, so that the console's history does not grow.
    const text = await shell.output(`n=$((n + 1)); sh /mnt/round.sh $n; sleep ${pause}`)
    const words = text.trim().split(/\s+/)
    if (words[0] !== '4') throw new Error(`A round went wrong: ${text}`)
  }
  for (let n = 0; n < WARM_UP; n++) await round()
  const before = await figures(shell)
  for (let n = 0; n < rounds; n++) {
    await round()
    if (n % REPORT_EVERY === REPORT_EVERY - 1) onProgress?.(n + 1, await figures(shell))
  }
  const after = await figures(shell)
  await shell.output('sync')
  await shell.shutdown()
  const left = [...readFat32(readFileSync(file)).keys()].sort()
  if (left.join() !== 'figures,last.txt,round.sh') {
    throw new Error(`The disk holds ${left.join(', ')} afterwards`)
  }
  return { rounds, before, after, seconds: after['seconds']! - before['seconds']! }
}

/** Names of what has changed and must not. */
export function leaks({ before, after }: SoakReport): string[] {
  return Object.keys(before).filter((name) => name !== 'seconds' && before[name] !== after[name])
}

async function figures(shell: Session): Promise<Figures> {
  const text = await shell.output('/mnt/figures')
  return Object.fromEntries(
    text
      .trim()
      .split(' ')
      .map((pair) => pair.split('='))
      .map(([name, value]) => [name, Number(value)]),
  )
}

if (import.meta.main) {
  const option = (name: string, otherwise: number) => {
    const at = process.argv.indexOf(`--${name}`)
    return at < 0 ? otherwise : Number(process.argv[at + 1])
  }
  const begin = performance.now()
  const report = await soak({
    rounds: option('rounds', 10_000),
    hours: option('hours', 24),
    onProgress: (rounds, now) =>
      process.stdout.write(
        `${rounds} rounds in ${Math.round((performance.now() - begin) / 1000)} s: ${JSON.stringify(now)}\n`,
      ),
  })
  const lost = leaks(report)
  process.stdout.write(`${JSON.stringify({ ...report, lost }, null, 2)}\n`)
  process.exit(lost.length === 0 ? 0 : 1)
}
