/**
 * The console server: owner of the UART (device in slot 57, interrupt as notification bit 0), terminal of all programs.
 *
 * All sessions lead to the same terminal, so that the server needs to know none of them, and one that was restarted goes on
 * with those of the former.
 */
import {
  Answer,
  attach as attachHandle,
  close,
  complain,
  errorText,
  fail,
  kill,
  kindOf,
  LATER,
  Message,
  mint,
  notify,
  readLease,
  replyTo,
  Server,
  take,
  writeLease,
} from '../libkenix'
import {
  CONSOLE_ATTACH_SHM,
  CONSOLE_EXIT,
  CONSOLE_GET_SIZE,
  CONSOLE_OPEN,
  CONSOLE_READ_LINE,
  CONSOLE_SET_FOREGROUND,
  CONSOLE_SET_MODE,
  CONSOLE_SHM_WRITE,
  CONSOLE_WRITE,
  EINVAL,
  EPERM,
  ESPIPE,
  KIND_NOTIFICATION,
  KIND_TASK,
  MODE_SILENT,
  RIGHT_ALL,
  RIGHT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  SLOT_DEVICE,
  SLOT_SELF,
  STREAM_CLOSED,
  STREAM_READ,
  STREAM_SEEK,
  STREAM_STAT,
  STREAM_SYNC,
  STREAM_WRITE,
  SYS_DEVICE_MAP,
  SYS_IRQ_ACK,
  SYS_IRQ_REGISTER,
  TYPE_DEVICE,
} from '../libkenix/generated/abi'
import { leaseLength } from '../libkenix/ipc'
import { exit } from '../libkenix/stdio'
import { syscall } from '../libkenix/syscall'
import { attachShared, copyFromClient } from '../servers/client-memory'
import { Pl011 } from './pl011'
import { Clients, Terminal } from './terminal'

/** Notification bit of the UART's interrupt. */
const UART: i64 = 1

/** Most bytes taken from a writer at a time. */
const CHUNK: i32 = 4096
const chunk = memory.data(4096, 8)

const COLUMNS: i64 = 80
const ROWS: i64 = 24

/** Badge of the session that may end the server. */
const MANAGER: i32 = i32.MAX_VALUE

/** Exit code of a program that Ctrl-C ended: 128 and SIGINT. */
const INTERRUPTED: i32 = 130

/** Those in the foreground, and the answers to readers. */
class Console extends Clients {
  tasks: Array<i32> = [] as i32[]
  notification: i32 = -1
  bits: i64 = 0
  /** Ctrl-C was pressed since somebody asked. */
  pressed: bool = false

  override deliver(reader: i64, from: usize, length: i32): bool {
    const n = writeLease(reader, 0, from, length)
    return replyTo(reader, n) === 0 && n >= 0
  }

  override dismiss(reader: i64, result: i64): void {
    replyTo(reader, result)
  }

  override isAlive(reader: i64): bool {
    return leaseLength(reader) >= 0
  }

  override interrupt(): void {
    this.pressed = true
    for (let i = 0; i < this.tasks.length; i++) kill(this.tasks[i], INTERRUPTED)
    if (this.notification >= 0) notify(this.notification, this.bits)
  }

  /** Forgets whom Ctrl-C ends. */
  clear(): void {
    for (let i = 0; i < this.tasks.length; i++) close(this.tasks[i])
    this.tasks = [] as i32[]
    if (this.notification >= 0) close(this.notification)
    this.notification = -1
  }
}

/** A writer that waits until its bytes were sent. */
class Writer {
  constructor(
    readonly sender: i64,
    readonly bytes: i64,
  ) {}
}

const clients = new Console()
const terminal = new Terminal(clients)
let uart = new Pl011(0)
let writers: Writer[] = []
let sent: i32 = 0
let nextBadge: i32 = 1

/** Sends what the UART takes; the rest when it interrupts. */
function pump(): void {
  const output = terminal.output
  while (sent < output.length && uart.send(output.at(sent))) sent++
  const rest = sent < output.length
  if (!rest) {
    output.clear()
    sent = 0
    for (let i = 0; i < writers.length; i++) replyTo(writers[i].sender, writers[i].bytes)
    if (writers.length > 0) writers = [] as Writer[]
  }
  uart.listen(rest)
}

function interrupted(_bits: i64): void {
  uart.acknowledge()
  for (let byte = uart.receive(); byte >= 0; byte = uart.receive()) terminal.receive(byte as u8)
  pump()
  syscall(SYS_IRQ_ACK, SLOT_DEVICE)
}

/** Writes, and replies now or when all was sent. */
function write(message: Message, from: usize, length: i32): i64 {
  terminal.write(from, length)
  pump()
  if (terminal.output.length === 0) return length
  writers.push(new Writer(message.sender, length))
  return LATER
}

function writeStream(message: Message, _answer: Answer): i64 {
  const n = readLease(message.sender, 0, chunk, min(max(message.d0, 0), CHUNK) as i32)
  return n <= 0 ? n : write(message, chunk, n as i32)
}

function writeInline(message: Message, _answer: Answer): i64 {
  if (message.d0 < 0 || message.d0 > 24) return -EINVAL
  store<i64>(chunk, message.d1)
  store<i64>(chunk + 8, message.d2)
  store<i64>(chunk + 16, message.d3)
  return write(message, chunk, message.d0 as i32)
}

function writeShared(message: Message, _answer: Answer): i64 {
  if (message.d0 < 1 || message.d1 < 0 || message.d2 < 0) return -EINVAL
  const length = min(message.d2, CHUNK) as i32
  const n = copyFromClient(message.sender, message.d0, message.d1, chunk, length)
  return n < 0 ? n : write(message, chunk, length)
}

function attach(message: Message, _answer: Answer): i64 {
  return attachShared(message)
}

function readStream(message: Message, _answer: Answer): i64 {
  if (message.d0 <= 0) return message.d0 === 0 ? 0 : -EINVAL
  terminal.read(message.sender, min(message.d0, 1 << 20) as i32, message.tag === CONSOLE_READ_LINE)
  pump()
  return LATER
}

function setMode(message: Message, _answer: Answer): i64 {
  if (message.d0 < 0 || message.d0 > MODE_SILENT) return -EINVAL
  return terminal.setMode(message.d0 as i32)
}

function setForeground(message: Message, _answer: Answer): i64 {
  const pressed: i64 = clients.pressed ? 1 : 0
  const handle = take()
  const kind = handle < 0 ? 0 : kindOf(handle)
  if (kind !== KIND_TASK || message.d0 === 0) {
    clients.clear()
    clients.pressed = false
  }
  if (kind === KIND_TASK) clients.tasks.push(handle)
  else if (kind === KIND_NOTIFICATION) {
    clients.notification = handle
    clients.bits = message.d0
  } else if (handle >= 0) {
    close(handle)
    return -EINVAL
  }
  return pressed
}

function openSession(_message: Message, _answer: Answer): i64 {
  const rights = RIGHT_SEND | RIGHT_READ | RIGHT_WRITE | RIGHT_TRANSFER
  const session = mint(SLOT_SELF, nextBadge, rights)
  if (session < 0) return session
  nextBadge = nextBadge + 1 === MANAGER ? 1 : nextBadge + 1
  attachHandle(session, RIGHT_ALL, 1)
  return 0
}

function size(_message: Message, answer: Answer): i64 {
  answer.d0 = COLUMNS
  answer.d1 = ROWS
  return 0
}

function status(_message: Message, answer: Answer): i64 {
  answer.d1 = TYPE_DEVICE
  return 0
}

function end(message: Message, _answer: Answer): i64 {
  if (message.badge !== MANAGER) return -EPERM
  replyTo(message.sender, 0)
  exit(0)
  return LATER
}

export function main(): i32 {
  const base = syscall(SYS_DEVICE_MAP, SLOT_DEVICE)
  if (base < 0) return fail('cannot map the UART', base)
  uart = new Pl011(base)
  const error = syscall(SYS_IRQ_REGISTER, SLOT_DEVICE, UART)
  if (error < 0) return fail('cannot take the interrupt of the UART', error)
  uart.start()
  const server = new Server()
  server.on(STREAM_READ, readStream)
  server.on(CONSOLE_READ_LINE, readStream)
  server.on(STREAM_WRITE, writeStream)
  server.on(STREAM_STAT, status)
  server.on(STREAM_SEEK, (_message: Message, _answer: Answer): i64 => -ESPIPE)
  server.on(STREAM_SYNC, (_message: Message, _answer: Answer): i64 => 0)
  server.on(STREAM_CLOSED, (_message: Message, _answer: Answer): i64 => 0)
  server.on(CONSOLE_WRITE, writeInline)
  server.on(CONSOLE_SHM_WRITE, writeShared)
  server.on(CONSOLE_ATTACH_SHM, attach)
  server.on(CONSOLE_SET_MODE, setMode)
  server.on(CONSOLE_SET_FOREGROUND, setForeground)
  server.on(CONSOLE_OPEN, openSession)
  server.on(CONSOLE_GET_SIZE, size)
  server.on(CONSOLE_EXIT, end)
  server.onNotification(UART, interrupted)
  interrupted(UART)
  const ended = server.run()
  complain(`cannot receive: ${errorText(ended)}`)
  return 1
}
