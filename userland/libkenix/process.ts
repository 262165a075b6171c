/** Tasks: start a program from a file, wait for its end, end it, look at others. */
import { environment } from './environment'
import { open, statHandle, statPath } from './file'
import {
  E2BIG,
  EISDIR,
  ENOENT,
  ENOEXEC,
  INIT_KILL,
  KIND_TASK,
  MAX_ARGUMENT_BYTES,
  MAX_ELF_BYTES,
  MAX_NAME_BYTES,
  RIGHT_ALL,
  RIGHT_TRANSFER,
  SLOT_DEVICE,
  SLOT_INIT,
  SLOT_LOG,
  SLOT_WELL_KNOWN,
  SPAWN_BLOCK_ARGS,
  SPAWN_BLOCK_ARGS_BYTES,
  SPAWN_BLOCK_ENV,
  SPAWN_BLOCK_ENV_BYTES,
  SPAWN_BLOCK_FAULT_ENDPOINT,
  SPAWN_BLOCK_HANDLE_COUNT,
  SPAWN_BLOCK_HANDLES,
  SPAWN_BLOCK_NAME,
  SPAWN_BLOCK_NAME_BYTES,
  SPAWN_BLOCK_PRIORITY,
  SPAWN_BYTES,
  SPAWN_HANDLE_BLOCK_FLAGS,
  SPAWN_HANDLE_BLOCK_HANDLE,
  SPAWN_HANDLE_BLOCK_RIGHTS,
  SPAWN_HANDLE_BLOCK_SLOT,
  SPAWN_HANDLE_BYTES,
  SYS_GETPID,
  SYS_KILL,
  SYS_SPAWN,
  SYS_TASKINFO,
  SYS_WAIT,
  TASKINFO_BLOCK_CODE,
  TASKINFO_BLOCK_HANDLES,
  TASKINFO_BLOCK_NAME,
  TASKINFO_BLOCK_PAGES,
  TASKINFO_BLOCK_PARENT,
  TASKINFO_BLOCK_PID,
  TASKINFO_BLOCK_PRIORITY,
  TASKINFO_BLOCK_STARTED,
  TASKINFO_BLOCK_STATE,
  TASKINFO_BLOCK_SYSCALLS,
  TASKINFO_BLOCK_TIME,
  TASKINFO_BYTES,
  WAIT_NOHANG,
} from './generated/abi'
import { close, isOpen, kindOf, rightsOf } from './handle'
import { call } from './ipc'
import { readBytes } from './stdio'
import { result, syscall, syscallMany } from './syscall'
import { baseName, joinPath } from './text/path'

/** Slots of well-known services that this task holds and may hand on; asked once. */
let inherited: Array<i32> | null = null

function inheritedSlots(): Array<i32> {
  if (inherited !== null) return inherited!
  const slots: i32[] = []
  for (let slot = SLOT_WELL_KNOWN; slot <= SLOT_LOG; slot++) {
    // What belongs to this task alone stays with it: its device, its own endpoint.
    if (slot >= SLOT_DEVICE && slot < SLOT_LOG) continue
    if ((rightsOf(slot) & RIGHT_TRANSFER) !== 0) slots.push(slot)
  }
  inherited = slots
  return slots
}

/** A program to start. Unless changed, it gets this task's descriptors 0 to 2, its services and its environment. */
export class Program {
  /** The first one is the program's name for itself. */
  args: Array<string> = [] as string[]
  /** NAME=value */
  env: Array<string> = environment()
  /** Priority, or -1 for that of this task. */
  priority: i32 = -1
  /** Endpoint that receives its faults, or -1. */
  faultEndpoint: i32 = -1
  /** Process id, once it was started. */
  pid: i64 = 0
  private readonly slots: Array<i32> = [] as i32[]
  private readonly handles: Array<i32> = [] as i32[]
  private readonly rights: Array<i32> = [] as i32[]

  /** @param inherit if it gets descriptors and services of this task */
  constructor(inherit: bool = true) {
    if (inherit) {
      for (let fd = 0; fd < 3; fd++) if (isOpen(fd)) this.install(fd, fd)
      const services = inheritedSlots()
      for (let i = 0; i < services.length; i++) this.install(services[i], services[i])
    }
  }

  /** Puts a copy of `handle` into `slot` of the program, instead of what was to be put there. */
  install(slot: i32, handle: i32, rights: i32 = RIGHT_ALL): void {
    this.remove(slot)
    this.slots.push(slot)
    this.handles.push(handle)
    this.rights.push(rights)
  }

  /** Leaves `slot` of the program empty. */
  remove(slot: i32): void {
    const at = this.slots.indexOf(slot)
    if (at < 0) return
    this.slots.splice(at, 1)
    this.handles.splice(at, 1)
    this.rights.splice(at, 1)
  }

  /** Starts the ELF file in `elf`; the task's handle or a negative errno. */
  start(elf: ArrayBuffer): i32 {
    return this.startAt(changetype<usize>(elf), elf.byteLength)
  }

  /** Starts the ELF file of `length` bytes at `address`. */
  startAt(address: u64, length: i32): i32 {
    const args = strings(this.args)
    const env = strings(this.env)
    if (args.byteLength + env.byteLength > MAX_ARGUMENT_BYTES) return -E2BIG
    const name = String.UTF8.encode(this.args.length > 0 ? baseName(this.args[0]) : '')
    const count = this.slots.length
    const entries = new ArrayBuffer(count * SPAWN_HANDLE_BYTES)
    for (let i = 0; i < count; i++) {
      const p = changetype<usize>(entries) + i * SPAWN_HANDLE_BYTES
      store<i32>(p + SPAWN_HANDLE_BLOCK_SLOT, this.slots[i])
      store<i32>(p + SPAWN_HANDLE_BLOCK_HANDLE, this.handles[i])
      store<i32>(p + SPAWN_HANDLE_BLOCK_RIGHTS, this.rights[i])
      store<i32>(p + SPAWN_HANDLE_BLOCK_FLAGS, 0)
    }
    const block = new ArrayBuffer(SPAWN_BYTES)
    const b = changetype<usize>(block)
    store<u64>(b + SPAWN_BLOCK_ARGS, changetype<usize>(args))
    store<u64>(b + SPAWN_BLOCK_ARGS_BYTES, args.byteLength)
    store<u64>(b + SPAWN_BLOCK_ENV, changetype<usize>(env))
    store<u64>(b + SPAWN_BLOCK_ENV_BYTES, env.byteLength)
    store<u64>(b + SPAWN_BLOCK_HANDLES, changetype<usize>(entries))
    store<u64>(b + SPAWN_BLOCK_HANDLE_COUNT, count)
    store<i64>(b + SPAWN_BLOCK_FAULT_ENDPOINT, this.faultEndpoint)
    store<i64>(b + SPAWN_BLOCK_PRIORITY, this.priority)
    store<u64>(b + SPAWN_BLOCK_NAME, changetype<usize>(name))
    store<u64>(b + SPAWN_BLOCK_NAME_BYTES, min(name.byteLength, MAX_NAME_BYTES))
    const task = syscallMany(SYS_SPAWN, address, length, b)
    this.pid = task < 0 ? 0 : result(1)
    return task as i32
  }

  /** Starts the program in the file `path`; the task's handle or a negative errno. */
  startFile(path: string): i32 {
    const file = open(path)
    if (file < 0) return file
    const status = statHandle(file)
    let task = status.error
    if (task === 0) task = status.isDirectory ? -EISDIR : this.startOpen(file, status.size)
    close(file)
    return task
  }

  /** Starts the program in an open file of `size` bytes. */
  private startOpen(file: i32, size: i64): i32 {
    if (size > MAX_ELF_BYTES) return -ENOEXEC
    // Not garbage collected, as it is large and needed for this call only.
    const elf = heap.alloc(max(size, HEADER_BYTES) as usize)
    let length = readFully(file, elf, min(size, HEADER_BYTES) as i32)
    if (length >= 0) {
      // Symbols and line tables lie behind the segments: what is not loaded need not be read.
      const needed = min(segmentsEnd(elf, length), size) as i32
      const rest = needed - length
      if (rest > 0) {
        const more = readFully(file, elf + length, rest)
        length = more < 0 ? more : length + more
      }
    }
    const task = length < 0 ? length : this.startAt(elf, length)
    heap.free(elf)
    return task
  }
}

/** Enough of an ELF file for its header and program headers. */
const HEADER_BYTES: i32 = 4096

/** Where the last segment of the ELF file ends whose beginning is at `elf`; the whole file if that is not to be seen. */
function segmentsEnd(elf: usize, length: i32): i64 {
  if (length < 64 || load<u32>(elf) !== 0x464c457f) return length
  const table = load<u64>(elf + 32)
  const entryBytes = load<u16>(elf + 54) as u64
  const count = load<u16>(elf + 56) as u64
  if (entryBytes < 56 || table > (length as u64) || table + entryBytes * count > (length as u64)) {
    return MAX_ELF_BYTES
  }
  let end: u64 = 0
  for (let i: u64 = 0; i < count; i++) {
    const entry = elf + ((table + i * entryBytes) as usize)
    const offset = load<u64>(entry + 8)
    const bytes = load<u64>(entry + 32)
    const most = MAX_ELF_BYTES as u64
    if (bytes > 0 && (offset > most || bytes > most)) return MAX_ELF_BYTES
    if (bytes > 0) end = max(end, offset + bytes)
  }
  return end as i64
}

/** Reads until `length` bytes are there or the file ends; how many, or a negative errno. */
function readFully(file: i32, to: usize, length: i32): i32 {
  let done = 0
  while (done < length) {
    const n = readBytes(file, to + done, length - done)
    if (n < 0) return n
    if (n === 0) break
    done += n
  }
  return done
}

/** Strings that end with NUL, one after the other. */
function strings(list: Array<string>): ArrayBuffer {
  let length = 0
  for (let i = 0; i < list.length; i++) length += String.UTF8.byteLength(list[i], true)
  const bytes = new ArrayBuffer(length)
  let at = changetype<usize>(bytes)
  for (let i = 0; i < list.length; i++) {
    const text = list[i]
    const from = changetype<usize>(text)
    at += String.UTF8.encodeUnsafe(from, text.length, at, true)
  }
  return bytes
}

/** Looks for a program: a path if `name` has a slash, else in the directories of `path`; empty if there is none. */
export function findProgram(name: string, path: string): string {
  if (name.indexOf('/') >= 0) return name
  const directories = path.split(':')
  for (let i = 0; i < directories.length; i++) {
    const candidate = joinPath(directories[i], name)
    const status = statPath(candidate)
    if (status.exists && !status.isDirectory) return candidate
  }
  return ''
}

/** Starts a program by name, as the shell does; the task's handle or a negative errno. */
export function spawn(words: Array<string>, searchPath: string = '/bin'): i32 {
  const program = new Program()
  program.args = words
  const path = findProgram(words[0], searchPath)
  return path === '' ? -ENOENT : program.startFile(path)
}

/** How a task ended. */
export class Exit {
  /** The task's handle, or a negative errno: ECHILD, or EAGAIN if none has ended. */
  task: i32 = 0
  code: i32 = 0
  /** REASON_EXIT and others. */
  reason: i32 = 0
  pid: i64 = 0
}

/** Waits until `task` (ANY: any child) has ended. Its handle stays open. */
export function wait(task: i32, flags: i32 = 0): Exit {
  const exit = new Exit()
  exit.task = syscallMany(SYS_WAIT, task, flags) as i32
  if (exit.task < 0) return exit
  exit.code = result(1) as i32
  exit.reason = result(2) as i32
  exit.pid = result(3)
  return exit
}

/** As `wait`, but `task` is -EAGAIN in the result when the task still runs. */
export function waitNow(task: i32): Exit {
  return wait(task, WAIT_NOHANG)
}

/** Ends a task by its handle. */
export function kill(task: i32, code: i32): i32 {
  return syscall(SYS_KILL, task, code) as i32
}

/** Ends a task by its process id, with the help of init. */
export function killPid(pid: i64, code: i32): i32 {
  return call(SLOT_INIT, INIT_KILL, pid, code) as i32
}

export function pid(): i64 {
  return syscall(SYS_GETPID)
}

/** True if the handle is a task. */
export function isTask(handle: i32): bool {
  return kindOf(handle) === KIND_TASK
}

/** What `ps` shows of a task. */
export class TaskInfo {
  pid: i64 = 0
  parent: i64 = 0
  state: i32 = 0
  priority: i32 = 0
  pages: i64 = 0
  /** Processor time in nanoseconds. */
  time: i64 = 0
  handles: i32 = 0
  code: i32 = 0
  systemCalls: i64 = 0
  name: string = ''
  /** Nanoseconds since boot. */
  started: i64 = 0
}

/** All tasks. */
export function tasks(): Array<TaskInfo> {
  const all: TaskInfo[] = []
  const block = new ArrayBuffer(TASKINFO_BYTES)
  const p = changetype<usize>(block)
  let index = syscall(SYS_TASKINFO, 0, p)
  while (index >= 0) {
    const info = new TaskInfo()
    info.pid = load<i64>(p + TASKINFO_BLOCK_PID)
    info.parent = load<i64>(p + TASKINFO_BLOCK_PARENT)
    info.state = load<i32>(p + TASKINFO_BLOCK_STATE)
    info.priority = load<i32>(p + TASKINFO_BLOCK_PRIORITY)
    info.pages = load<i64>(p + TASKINFO_BLOCK_PAGES)
    info.time = load<i64>(p + TASKINFO_BLOCK_TIME)
    info.handles = load<i32>(p + TASKINFO_BLOCK_HANDLES)
    info.code = load<i32>(p + TASKINFO_BLOCK_CODE)
    info.systemCalls = load<i64>(p + TASKINFO_BLOCK_SYSCALLS)
    info.started = load<i64>(p + TASKINFO_BLOCK_STARTED)
    let length = 0
    while (length < MAX_NAME_BYTES && load<u8>(p + TASKINFO_BLOCK_NAME + length) !== 0) length++
    info.name = String.UTF8.decodeUnsafe(p + TASKINFO_BLOCK_NAME, length)
    all.push(info)
    index = syscall(SYS_TASKINFO, index + 1, p)
  }
  return all
}
