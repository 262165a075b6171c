/**
 * A server, the shell, or a helper that runs once: what init starts and watches.
 *
 * A service's endpoint belongs to init and outlives the server: clients that call while it is being restarted wait a little
 * longer, and a client whose call a dying server had received is told EOWNERDEAD. That a task has ended init learns by a
 * session of its own endpoint which only that task holds: when the task is gone the kernel reports the session as closed.
 */
import {
  close,
  copyHandle,
  createEndpoint,
  errorText,
  mint,
  Program,
  uptime,
  wait,
  writeError,
} from '../libkenix'
import {
  REASON_FAULT,
  REASON_KILLED,
  REASON_TRAP,
  RIGHT_ALL,
  RIGHT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  SLOT_DEVICE,
  SLOT_LOG,
  SLOT_SELF,
  SLOT_STDERR,
  SLOT_STDOUT,
} from '../libkenix/generated/abi'
import { fileAddress, fileBytes, findFile } from './archive'

/** Rights of a client's handle of a service. */
export const CLIENT_RIGHTS: i32 = RIGHT_SEND | RIGHT_READ | RIGHT_WRITE | RIGHT_TRANSFER

/** Slot of the session that tells init of the task's end. The task can't hand it on. */
const LIFELINE: i32 = 255

const SECOND: i64 = 1000000000
const FIRST_DELAY: i64 = SECOND / 10
const LONGEST_DELAY: i64 = 30 * SECOND

/** A service that ran this long starts with a clean record. */
const HEALTHY: i64 = 60 * SECOND

export class Service {
  /** Arguments; the program is bin/ and the first of them in the boot archive. */
  args: Array<string>
  env: Array<string> = [] as string[]
  /** Well-known slot of its clients, or -1. */
  slot: i32 = -1
  /** Its endpoint with every right, or -1. */
  endpoint: i32 = -1
  /** A client's handle of it, or -1. */
  client: i32 = -1
  /** Its device, or -1. */
  device: i32 = -1
  /** Runs to its end once; others are restarted. */
  once: bool = false
  /** Its output goes to the kernel log. */
  logs: bool = true
  task: i32 = -1
  pid: i64 = 0
  restarts: i32 = 0
  /** When to start it again, in nanoseconds since boot; 0: not waiting. */
  due: i64 = 0
  private delay: i64 = 0
  private started: i64 = 0
  private readonly slots: Array<i32> = [] as i32[]
  private readonly handles: Array<i32> = [] as i32[]
  private readonly rights: Array<i32> = [] as i32[]

  constructor(
    readonly name: string,
    program: string,
  ) {
    this.args = [program]
  }

  /** Makes the endpoint that its clients call, in `slot` of theirs. */
  serves(slot: i32): void {
    this.slot = slot
    this.endpoint = createEndpoint()
    this.client = copyHandle(this.endpoint, CLIENT_RIGHTS)
  }

  /** Gives it a copy of a handle. */
  install(slot: i32, handle: i32, rights: i32 = RIGHT_ALL): void {
    this.slots.push(slot)
    this.handles.push(handle)
    this.rights.push(rights)
  }

  get running(): bool {
    return this.task >= 0
  }

  /** Starts it from the archive; its end will be reported with `badge` on `endpoint`. */
  start(archive: usize, archiveBytes: i32, endpoint: i32, badge: i32): bool {
    this.due = 0
    const path = `bin/${this.args[0]}`
    if (!findFile(archive, archiveBytes, path)) {
      say(`${this.name}: ${path} is not in the boot archive`)
      return false
    }
    const program = new Program(false)
    program.args = this.args
    program.env = this.env
    const lifeline = mint(endpoint, badge, RIGHT_SEND | RIGHT_TRANSFER)
    if (lifeline < 0) return this.failed(lifeline)
    program.install(LIFELINE, lifeline, RIGHT_SEND)
    if (this.logs) {
      program.install(SLOT_STDOUT, SLOT_LOG)
      program.install(SLOT_STDERR, SLOT_LOG)
      program.install(SLOT_LOG, SLOT_LOG)
    }
    if (this.endpoint >= 0) program.install(SLOT_SELF, this.endpoint)
    if (this.device >= 0) program.install(SLOT_DEVICE, this.device)
    for (let i = 0; i < this.slots.length; i++) {
      program.install(this.slots[i], this.handles[i], this.rights[i])
    }
    const task = program.startAt(fileAddress, fileBytes)
    close(lifeline)
    if (task < 0) return this.failed(task)
    this.task = task
    this.pid = program.pid
    this.started = uptime()
    return true
  }

  private failed(errno: i32): bool {
    say(`cannot start ${this.name}: ${errorText(errno)}`)
    this.backOff()
    return false
  }

  /** Takes note of its end. It is restarted at once the first time, later and later if it goes on like this. */
  ended(): void {
    const exit = wait(this.task)
    close(this.task)
    this.task = -1
    this.pid = 0
    if (this.once) {
      if (exit.code !== 0) say(`${this.name} failed (status ${exit.code})`)
      return
    }
    say(`${this.name} ${endText(exit.reason)} (status ${exit.code}): it is restarted`)
    this.restarts++
    if (uptime() - this.started > HEALTHY) this.delay = 0
    this.backOff()
  }

  private backOff(): void {
    this.due = uptime() + this.delay
    this.delay = this.delay === 0 ? FIRST_DELAY : min(this.delay * 2, LONGEST_DELAY)
  }
}

function endText(reason: i32): string {
  if (reason === REASON_FAULT) return 'faulted'
  if (reason === REASON_TRAP) return 'trapped'
  return reason === REASON_KILLED ? 'was killed' : 'ended'
}

/** A line in the kernel log. */
export function say(text: string): void {
  writeError(`init: ${text}\n`)
}
