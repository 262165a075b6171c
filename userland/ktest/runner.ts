/**
 * Runs the cases, one after the other. Each is this program again, in a task of its own that runs at a lower priority; the last
 * handle of a session closes when it ends, however that happens, and a timer says when it took too long. What it left running is
 * ended, and what the system has in use must be as before.
 */

import { fileAddress, fileBytes, findFile } from '../init/archive'
import { readFile } from '../libkenix/file'
import {
  POWER_OFF,
  REASON_EXIT,
  RIGHT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  SLOT_BOOT_ARCHIVE,
  SLOT_DEVICE_TREE,
  SLOT_LOG,
  SLOT_ROOT,
  SLOT_STDERR,
  SLOT_STDOUT,
  STREAM_CLOSED,
  SYS_HANDLE_INFO,
  SYS_NANOSLEEP,
  SYS_PIPE,
  SYS_READ,
  SYS_REBOOT,
  SYS_TASK_OPEN,
} from '../libkenix/generated/abi'
import { close, dup2, isOpen } from '../libkenix/handle'
import { createEndpoint, Message, mint, poll, receive } from '../libkenix/ipc'
import { kill, killPid, Program, wait } from '../libkenix/process'
import { createShared, mapShared } from '../libkenix/shm'
import { flush, printLine, writeError } from '../libkenix/stdio'
import { result, syscall, syscallMany } from '../libkenix/syscall'
import { setTimer, uptime } from '../libkenix/time'
import { FAILED, PASSED, SKIPPED } from './check'
import { busyTime, descendantsOf, Figures } from './figures'
import { measure } from './measure'
import { Case, cases } from './registry'
import { Outcome, Report } from './report'
import { PROGRAM, WATCH } from './slots'

const PATIENCE_NS: i64 = 10_000_000_000
const PRIORITY: i32 = 3
/** Notification bit of the timer. */
const LATE: i64 = 1
/** How often figures are read until they are as before: memory that nobody holds is freed in the background. */
const SETTLING: i32 = 200
const SETTLING_NS: i64 = 1_000_000
/** Handles that a case gets if the runner has them. */
const PASSED_ON: i32[] = [SLOT_LOG, SLOT_DEVICE_TREE, SLOT_BOOT_ARCHIVE, SLOT_ROOT]

export class Runner {
  private readonly endpoint: i32 = createEndpoint()
  private readonly message: Message = new Message()
  private readonly before: Figures = new Figures()
  private readonly after: Figures = new Figures()
  private readonly prefixes: Array<string> = [] as string[]
  private readonly buffer: ArrayBuffer = new ArrayBuffer(4096)
  private json: bool = false
  private times: bool = false
  private list: bool = false
  private measured: bool = false
  private image: usize = 0
  private imageBytes: i32 = 0
  private problem: string = ''

  /** @param isFirst if ktest is the first program: it writes to the log, and switches the machine off at the end */
  constructor(
    words: Array<string>,
    private readonly isFirst: bool,
  ) {
    for (let i = 0; i < words.length; i++) {
      if (words[i] === '--json') this.json = true
      else if (words[i] === '--times') this.times = true
      else if (words[i] === '--list') this.list = true
      else if (words[i] === '--measure') this.measured = true
      else if (words[i].startsWith('-')) this.problem = `there is no option ${words[i]}`
      else this.prefixes.push(words[i])
    }
  }

  private chosen(item: Case): bool {
    if (this.prefixes.length === 0) return true
    for (let i = 0; i < this.prefixes.length; i++) {
      if (item.id.startsWith(this.prefixes[i])) return true
    }
    return false
  }

  /** Runs the chosen cases; the exit code. */
  run(): i32 {
    if (this.isFirst) {
      dup2(SLOT_LOG, SLOT_STDOUT)
      dup2(SLOT_LOG, SLOT_STDERR)
    }
    const code = this.runAll()
    flush()
    if (this.isFirst) syscall(SYS_REBOOT, SLOT_ROOT, POWER_OFF)
    return code
  }

  private runAll(): i32 {
    if (this.problem === '') this.problem = this.loadImage()
    if (this.problem !== '') {
      writeError(`ktest: ${this.problem}\n`)
      return 2
    }
    const chosen: Case[] = []
    for (let i = 0; i < cases.length; i++) if (this.chosen(cases[i])) chosen.push(cases[i])
    if (this.measured) {
      measure()
      return 0
    }
    if (this.list) {
      for (let i = 0; i < chosen.length; i++) printLine(`${chosen[i].id} ${chosen[i].title}`)
      return 0
    }
    const report = new Report(this.json, this.times)
    report.begin(chosen.length)
    for (let i = 0; i < chosen.length; i++) report.result(chosen[i], this.runCase(chosen[i]))
    return report.end()
  }

  /** Puts the ELF file of this program into shared memory, from which cases start it again; empty, or what is wrong. */
  private loadImage(): string {
    if (isOpen(SLOT_BOOT_ARCHIVE)) {
      const size = syscallMany(SYS_HANDLE_INFO, SLOT_BOOT_ARCHIVE) < 0 ? 0 : (result(2) as i32)
      const archive = mapShared(SLOT_BOOT_ARCHIVE, size)
      if (archive === 0 || !findFile(archive, size, 'bin/ktest')) {
        return 'there is no bin/ktest in the boot archive'
      }
      return this.share(fileAddress, fileBytes)
    }
    const file = readFile('/bin/ktest')
    if (file === null) return 'cannot read /bin/ktest'
    return this.share(changetype<usize>(file), file.byteLength)
  }

  private share(address: usize, bytes: i32): string {
    const shared = createShared(bytes)
    if (shared < 0) return 'there is no memory for the program'
    this.image = mapShared(shared, bytes)
    this.imageBytes = bytes
    memory.copy(this.image, address, bytes)
    dup2(shared, PROGRAM)
    close(shared)
    return ''
  }

  private runCase(item: Case): Outcome {
    const outcome = new Outcome()
    this.before.read()
    const start = busyTime()
    const reader = syscallMany(SYS_PIPE) as i32
    const writer = result(1) as i32
    const session = mint(this.endpoint, 1, RIGHT_SEND | RIGHT_TRANSFER)
    const program = new Program(false)
    program.args = ['ktest', '--case', item.id]
    program.env = []
    program.priority = PRIORITY
    program.install(SLOT_STDERR, writer)
    program.install(WATCH, session)
    program.install(PROGRAM, PROGRAM, RIGHT_READ | RIGHT_TRANSFER)
    for (let i = 0; i < PASSED_ON.length; i++) {
      if (isOpen(PASSED_ON[i])) program.install(PASSED_ON[i], PASSED_ON[i])
    }
    const task = program.startAt(this.image, this.imageBytes)
    close(session)
    close(writer)
    if (task < 0) {
      this.watch()
      outcome.problem = `it cannot be started: ${task.toString()}`
    } else this.follow(task, program.pid, reader, outcome)
    close(reader)
    outcome.busyNs = busyTime() - start
    this.settle(outcome)
    return outcome
  }

  /** Waits until the session of a case is closed; false if that takes too long. */
  private watch(): bool {
    setTimer(uptime() + PATIENCE_NS, LATE)
    const message = this.message
    while (receive(message, LATE, this.endpoint) >= 0) {
      if (message.isNotification) return false
      if (message.tag === STREAM_CLOSED) break
    }
    setTimer(0, LATE)
    poll(message, LATE, this.endpoint)
    return true
  }

  /** Sees a case to its end. */
  private follow(task: i32, pid: i64, reader: i32, outcome: Outcome): void {
    const ended = this.watch()
    if (!ended) {
      kill(task, FAILED)
      this.watch()
    }
    const exit = wait(task)
    close(task)
    const left = this.endLeftovers(pid)
    const text = this.saidBy(reader)
    outcome.skipped = ended && exit.code === SKIPPED && exit.reason === REASON_EXIT
    if (!ended) outcome.problem = `it takes too long${text === '' ? '' : `: ${text}`}`
    else if (exit.reason !== REASON_EXIT || (exit.code !== PASSED && !outcome.skipped)) {
      outcome.problem =
        text === ''
          ? `it ended with code ${exit.code.toString()} for reason ${exit.reason.toString()}`
          : text
    } else if (left > 0) outcome.problem = `it left ${left.toString()} tasks running`
  }

  /** Ends what a case left running; how many there were. */
  private endLeftovers(pid: i64): i32 {
    const left = descendantsOf(pid)
    for (let i = 0; i < left.length; i++) {
      const task = syscall(SYS_TASK_OPEN, SLOT_ROOT, left[i]) as i32
      if (task < 0) {
        killPid(left[i], FAILED)
        continue
      }
      kill(task, FAILED)
      wait(task)
      close(task)
    }
    return left.length
  }

  /** What a case wrote to its standard error, on one line. */
  private saidBy(reader: i32): string {
    if (syscallMany(SYS_HANDLE_INFO, reader) < 0 || result(2) === 0) return ''
    const at = changetype<usize>(this.buffer)
    const n = syscall(SYS_READ, reader, at, this.buffer.byteLength) as i32
    return n <= 0 ? '' : String.UTF8.decodeUnsafe(at, n).trim().replaceAll('\n', '; ')
  }

  /** Waits until everything a case had was given back. */
  private settle(outcome: Outcome): void {
    let difference = ''
    for (let i = 0; i < SETTLING; i++) {
      difference = this.after.read().difference(this.before)
      if (difference === '') return
      syscall(SYS_NANOSLEEP, SETTLING_NS)
    }
    if (outcome.problem === '') outcome.problem = `what is in use changed: ${difference}`
  }
}
