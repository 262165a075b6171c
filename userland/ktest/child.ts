/** Tasks that a case starts: this program in a role, or a program of a few instructions (`elf.ts`). */
import {
  KIND_TASK,
  PROT_READ,
  REASON_EXIT,
  RIGHT_ALL,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  SLOT_SELF,
  SLOT_STDERR,
  SYS_HANDLE_INFO,
  SYS_NANOSLEEP,
  SYS_SHMMAP,
} from '../libkenix/generated/abi'
import { close, copyHandle } from '../libkenix/handle'
import { createEndpoint } from '../libkenix/ipc'
import { kill, Program, wait } from '../libkenix/process'
import { result, syscall, syscallMany } from '../libkenix/syscall'
import { fail, granted, same } from './check'
import { Elf } from './elf'
import { PROGRAM } from './slots'

/** How long a case waits for another task to get somewhere. */
const PATIENCE: i32 = 400
const PAUSE_NS: i64 = 100_000

let image: i64 = 0
let imageBytes: i32 = 0

/** Maps the ELF file of ktest itself. */
function mapProgram(): void {
  if (image !== 0) return
  granted(syscallMany(SYS_HANDLE_INFO, PROGRAM), 'the program in its slot')
  imageBytes = result(2) as i32
  image = granted(syscall(SYS_SHMMAP, PROGRAM, 0, PROT_READ), 'map the program')
}

/** Address of ktest's own ELF file. */
export function programAddress(): i64 {
  mapProgram()
  return image
}

/** Bytes of ktest's own ELF file. */
export function programBytes(): i32 {
  mapProgram()
  return imageBytes
}

/** A task in a role. It has this task's standard error and what it is given. */
export class Child {
  readonly program: Program = new Program(false)
  task: i32 = -1
  pid: i64 = 0

  constructor(role: string, argument: i64 = 0) {
    this.program.args = ['ktest', '--role', role, argument.toString()]
    this.program.env = []
    this.program.install(SLOT_STDERR, SLOT_STDERR)
    this.program.install(PROGRAM, PROGRAM)
  }

  /** Installs a copy of a handle. */
  give(slot: i32, handle: i32, rights: i32 = RIGHT_ALL): Child {
    this.program.install(slot, handle, rights)
    return this
  }

  start(): Child {
    this.task = granted(
      this.program.startAt(programAddress() as u64, programBytes()),
      'spawn',
    ) as i32
    this.pid = this.program.pid
    return this
  }

  /** Waits until the task is in a state. */
  until(state: i32): Child {
    untilState(this.task, state)
    return this
  }

  /** Waits for its end, which must be this, and closes its handle. */
  ends(code: i32, reason: i32 = REASON_EXIT): void {
    ends(this.task, code, reason)
  }

  /** Ends it, whatever it does. */
  stop(): void {
    kill(this.task, 9)
    const exit = wait(this.task)
    same(exit.code, 9, 'code of a killed task')
    close(this.task)
  }
}

/** State of a task (STATE_*). */
export function stateOf(task: i32): i32 {
  same(syscallMany(SYS_HANDLE_INFO, task), KIND_TASK, 'kind of a task handle')
  return result(4) as i32
}

/** Waits until a task is in a state. */
export function untilState(task: i32, state: i32): void {
  for (let i = 0; i < PATIENCE; i++) {
    if (stateOf(task) === state) return
    syscall(SYS_NANOSLEEP, PAUSE_NS)
  }
  fail(`a task is in state ${stateOf(task).toString()} instead of ${state.toString()}`)
}

/** Waits for the end of a task, which must be this, and closes its handle. */
export function ends(task: i32, code: i32, reason: i32 = REASON_EXIT): void {
  const exit = wait(task)
  same(exit.task, task, 'handle that WAIT gives')
  if (exit.code !== code || exit.reason !== reason) {
    fail(
      `a task ended with code ${exit.code.toString()} for reason ${exit.reason.toString()} instead of ${code.toString()} for ${reason.toString()}`,
    )
  }
  same(close(task), 0, 'close a task')
}

/** Starts a program of a few instructions; its handle. */
export function startElf(elf: Elf): i32 {
  return granted(tryElf(elf), 'spawn a small program') as i32
}

/** Tries to start a program of a few instructions; its handle or a negative errno. */
export function tryElf(elf: Elf): i64 {
  const program = new Program(false)
  program.args = ['small']
  program.env = []
  return program.startAt(elf.address, elf.bytes)
}

/** An endpoint of which this task keeps only SEND; a server in the role "server" receives on it. */
export class Served {
  readonly port: i32
  readonly server: Child

  constructor(role: string = 'server', argument: i64 = 0) {
    const endpoint = granted(createEndpoint(), 'create an endpoint') as i32
    this.server = new Child(role, argument).give(SLOT_SELF, endpoint).start()
    this.port = granted(copyHandle(endpoint, RIGHT_SEND | RIGHT_TRANSFER), 'copy') as i32
    same(close(endpoint), 0, 'close an endpoint')
  }

  /** Ends the server and closes the endpoint. */
  stop(): void {
    this.server.stop()
    same(close(this.port), 0, 'close the port')
  }
}
