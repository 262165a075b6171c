/**
 * The two machines that Kenix is tested on, behind one interface: ours, in this process, and QEMU's `virt`. A test boots the
 * same files on either, types at the console and waits for what it prints.
 */
import { Machine, type RunResult } from '../../devices/index.ts'
import type { MachineSpec } from '../../devices/spec.ts'
import { ConsoleProcess } from '../boot/console-process.ts'

/** Host time for one answer, on a machine that is busy with other things as well. */
export const ANSWER_MS = 60_000

/** What boots, in terms that both machines have. */
export interface Setup {
  cpu?: 'cortex-a57' | 'cortex-a72' | 'max'
  gic?: 2 | 3
  /** Gives the guest EL2. */
  el2?: boolean
  /** MiB, 256 if left out. */
  memory?: number
  kernel?: string
  initrd?: string
  cmdline?: string
  /** UEFI firmware and its variables, a file that is written. */
  firmware?: { code: string; vars: string }
  disks?: readonly { file: string; readonly?: boolean }[]
  /** Network cards without anything at the other end. */
  networks?: number
}

/** A machine that runs. */
export interface Guest extends AsyncDisposable {
  /** All that the console showed so far, one character a byte. */
  readonly text: string
  /** Types. */
  type(text: string): void
  /** Waits for output behind the last match; gives the match. */
  expect(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  /** Waits until the guest has powered off. */
  ended(timeoutMs?: number): Promise<void>
}

/** The kinds of machine. */
export const MACHINES = ['ours', 'qemu'] as const
export type MachineKind = (typeof MACHINES)[number]

/** Starts a machine. */
export async function boot(kind: MachineKind, setup: Setup): Promise<Guest> {
  return kind === 'ours' ? OurGuest.start(setup) : new QemuGuest(setup)
}

/** The specification of our machine for a setup. */
export function specOf(setup: Setup): MachineSpec {
  const { cpu = 'cortex-a57', gic = 2, el2 = false, memory = 256, firmware } = setup
  return {
    cpu,
    gic,
    el2,
    memory: `${memory}M`,
    boot: {
      ...(setup.kernel === undefined ? {} : { kernel: setup.kernel }),
      ...(setup.initrd === undefined ? {} : { initrd: setup.initrd }),
      ...(setup.cmdline === undefined ? {} : { cmdline: setup.cmdline }),
      ...(firmware === undefined ? {} : { firmware: firmware.code, vars: firmware.vars }),
    },
    disks: [...(setup.disks ?? [])],
    networks: Array.from({ length: setup.networks ?? 0 }, (_, n) => ({
      type: 'hub' as const,
      name: `test-${n}-${crypto.randomUUID()}`,
    })),
  }
}

/** Our machine, which runs only while somebody waits for it. */
export class OurGuest implements Guest {
  private constructor(readonly machine: Machine) {}

  static async start(setup: Setup): Promise<OurGuest> {
    return new OurGuest(await Machine.create(specOf(setup)))
  }

  get text(): string {
    return this.machine.console.text
  }

  type(text: string): void {
    this.machine.type(text)
  }

  async expect(pattern: RegExp, timeoutMs = ANSWER_MS): Promise<RegExpExecArray> {
    const { before, text, groups } = await this.machine.expect(pattern, { timeoutMs })
    return Object.assign([text, ...groups], {
      index: before.length,
      input: before + text,
    }) as unknown as RegExpExecArray
  }

  async ended(timeoutMs = ANSWER_MS): Promise<void> {
    const result: RunResult = await this.machine.run({ timeoutMs })
    if (result.reason === 'poweroff') return
    throw new Error(
      `The machine did not power off, but: ${result.reason}\n${this.text.slice(-2000)}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.machine.close()
  }
}

/** QEMU's command line for a setup. */
export function qemuWords(setup: Setup): string[] {
  const { cpu = 'cortex-a57', gic = 2, el2 = false, memory = 256, firmware } = setup
  const words = [
    'qemu-system-aarch64',
    // With ACPI tables UEFI firmware keeps the device tree to itself.
    ...['-M', `virt,acpi=off,gic-version=${gic}${el2 ? ',virtualization=on' : ''}`],
    ...['-cpu', cpu, '-m', `${memory}M`, '-nographic', '-no-reboot'],
    ...(setup.networks ? [] : ['-nic', 'none']),
  ]
  if (setup.kernel !== undefined) words.push('-kernel', setup.kernel)
  if (setup.initrd !== undefined) words.push('-initrd', setup.initrd)
  if (setup.cmdline !== undefined) words.push('-append', setup.cmdline)
  if (firmware) {
    words.push('-drive', `if=pflash,format=raw,readonly=on,file=${firmware.code}`)
    words.push('-drive', `if=pflash,format=raw,file=${firmware.vars}`)
  }
  for (const [n, { file, readonly }] of (setup.disks ?? []).entries()) {
    const mode = readonly ? ',readonly=on' : ''
    words.push('-drive', `if=none,id=disk${n},format=raw,file=${file}${mode}`)
    words.push('-device', `virtio-blk-device,drive=disk${n}`)
  }
  for (let n = 0; n < (setup.networks ?? 0); n++) {
    words.push('-netdev', `hubport,id=net${n},hubid=${n}`)
    words.push('-device', `virtio-net-device,netdev=net${n}`)
  }
  return words
}

/** QEMU, a process. */
export class QemuGuest implements Guest {
  readonly #process: ConsoleProcess

  constructor(setup: Setup) {
    this.#process = new ConsoleProcess([], qemuWords(setup))
  }

  get text(): string {
    return this.#process.text
  }

  type(text: string): void {
    this.#process.type(text)
  }

  expect(pattern: RegExp, timeoutMs = ANSWER_MS): Promise<RegExpExecArray> {
    return this.#process.until(pattern, timeoutMs)
  }

  async ended(timeoutMs = ANSWER_MS): Promise<void> {
    const late = Bun.sleep(timeoutMs).then(() => 'late' as const)
    if ((await Promise.race([this.#process.exited, late])) === 'late') {
      throw new Error(`QEMU did not end: ${this.text.slice(-2000)}`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]()
  }
}
