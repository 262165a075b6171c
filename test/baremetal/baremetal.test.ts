import { describe, expect, test } from 'bun:test'
import { need } from '../tools/debian.ts'
import { corrected } from './deviations.ts'
import { build, differences, PACKAGES, runOnMachine, runOnQemu, type Target } from './program.ts'

const A57: Target = { cpu: 'cortex-a57' }

/** Programs, what they protect, and the machines they run on. */
const cases: readonly (readonly [program: string, behaviour: string, target: Target])[] = [
  ['align', 'unaligned accesses fault where they must', A57],
  ['id', 'ID registers and reset values are those of the CPU', A57],
  ['id', 'ID registers and reset values are those of the CPU', { cpu: 'cortex-a76', el2: true }],
  ['endian', 'big-endian data is read and written as such', A57],
  ['exceptions', 'synchronous exceptions have their syndromes', A57],
  ['el2', 'EL2 takes calls, traps and interrupts that are routed to it', { ...A57, el2: true }],
  ['mmu', 'stage 1 translation permits and faults as its tables say', A57],
  ['granules', 'granules of 4 and 64 KiB have their levels and blocks', A57],
  ['granules16', 'a newer CPU has the granule of 16 KiB, too', { cpu: 'cortex-a76' }],
  ['gicv2', 'GICv2 and the timers interrupt by priority', A57],
  ['gicv3', 'GICv3 and the timers interrupt by priority', { ...A57, gic: 3 }],
  ['vgicv2', 'a guest has virtual interrupts by GICH', { ...A57, el2: true }],
  ['vgicv3', 'a guest has virtual interrupts by list registers', { ...A57, gic: 3, el2: true }],
  ['psci', 'vCPUs are started and stopped by PSCI', { ...A57, cpus: 2 }],
  ['psci', 'vCPUs are started and stopped by PSCI', { ...A57, cpus: 2, el2: true }],
  ['newer', 'PAN, UAO and atomics of newer CPUs', { cpu: 'cortex-a76' }],
  ['vhe', 'a host at EL2 has its registers and two halves', { cpu: 'cortex-a76', el2: true }],
  ['step', 'software step reports every instruction once', A57],
  ['stage2', 'stage 2 faults tell a hypervisor what it needs', { ...A57, el2: true }],
]

function name(target: Target): string {
  const { cpu, cpus = 1, gic = 2, el2 = false } = target
  return `${cpu}, ${cpus} vCPU, GICv${gic}${el2 ? ', EL2' : ''}`
}

describe.skipIf(!need(...PACKAGES))('bare-metal programs print the same on QEMU and here', () => {
  for (const [program, behaviour, target] of cases) {
    test(`${program}: ${behaviour} (${name(target)})`, async () => {
      const elf = build(program)
      const expected = corrected(runOnQemu(elf, target), program, target)
      const ours = await runOnMachine(elf, target)
      expect(differences(expected, ours)).toEqual([])
    }, 30_000)
  }
})
