/** Kernel pipes, and endpoints used as descriptors. */
import {
  EBADF,
  EFAULT,
  EMFILE,
  EOWNERDEAD,
  EPERM,
  EPIPE,
  ESPIPE,
  ESRCH,
  KIND_PIPE,
  MAX_DESCRIPTORS,
  REASON_KILLED,
  RIGHT_ALL,
  RIGHT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  STATE_CALLING,
  STATE_PIPE,
  STATE_REPLY,
  STREAM_READ,
  STREAM_WRITE,
  SYS_HANDLE_INFO,
  SYS_PIPE,
  SYS_READ,
  SYS_WAIT,
  SYS_WRITE,
} from '../../libkenix/generated/abi'
import { close, copyHandle, dup, dup2, isOpen, kindOf } from '../../libkenix/handle'
import {
  createEndpoint,
  Message,
  mint,
  readLease,
  receive,
  reply,
  writeLease,
} from '../../libkenix/ipc'
import { kill } from '../../libkenix/process'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { granted, holds, refused, same } from '../check'
import { Child } from '../child'
import { test } from '../registry'
import { PORT, READER, WRITER } from '../slots'

const CAPACITY: i32 = 4096

/** A pipe and room for what goes through it. */
class Pipe {
  readonly reader: i32
  readonly writer: i32
  readonly data: StaticArray<u8> = new StaticArray<u8>(2 * CAPACITY)

  constructor() {
    this.reader = granted(syscallMany(SYS_PIPE), 'pipe') as i32
    this.writer = result(1) as i32
  }

  get at(): usize {
    return changetype<usize>(this.data)
  }

  write(bytes: i32): i64 {
    return syscall(SYS_WRITE, this.writer, this.at, bytes)
  }

  read(bytes: i32): i64 {
    return syscall(SYS_READ, this.reader, this.at, bytes)
  }

  /** Bytes in it. */
  get level(): i64 {
    syscallMany(SYS_HANDLE_INFO, this.reader)
    return result(2)
  }

  close(): void {
    close(this.reader)
    close(this.writer)
  }
}

function addPipes(): void {
  test('PIP0001', 'what is written is read, in order', () => {
    const pipe = new Pipe()
    for (let i = 0; i < 100; i++) pipe.data[i] = (i * 7) as u8
    same(pipe.write(100), 100, 'written')
    memory.fill(pipe.at, 0, 100)
    same(pipe.read(30), 30, 'read')
    for (let i = 0; i < 30; i++) same(pipe.data[i], (i * 7) & 255, 'byte')
    same(pipe.read(200), 70, 'read the rest')
    for (let i = 0; i < 70; i++) same(pipe.data[i], ((i + 30) * 7) & 255, 'byte')
    pipe.close()
  })
  test('PIP0002', 'PIPE gives the two lowest free descriptors', () => {
    const pipe = new Pipe()
    same(pipe.reader, 0, 'reader')
    same(pipe.writer, 1, 'writer')
    const second = new Pipe()
    same(second.reader, 3, 'reader of the second')
    same(second.writer, 4, 'writer of the second')
    pipe.close()
    second.close()
  })
  test('PIP0003', 'a pipe keeps order over the end of its ring', () => {
    const pipe = new Pipe()
    let sent = 0
    let received = 0
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 1500; i++) pipe.data[i] = (sent + i) as u8
      same(pipe.write(1500), 1500, 'written')
      sent += 1500
      same(pipe.read(1500), 1500, 'read')
      for (let i = 0; i < 1500; i += 97) same(pipe.data[i], (received + i) & 255, 'byte')
      received += 1500
    }
    pipe.close()
  })
  test('PIP0004', 'READ waits for bytes', () => {
    const pipe = new Pipe()
    const child = new Child('read').give(READER, pipe.reader).start().until(STATE_PIPE)
    same(pipe.write(11), 11, 'written')
    child.ends(11)
    pipe.close()
  })
  test('PIP0005', 'WRITE waits for room, and writes all', () => {
    const pipe = new Pipe()
    same(pipe.write(CAPACITY), CAPACITY, 'filled')
    const child = new Child('write', 6000).give(WRITER, pipe.writer).start().until(STATE_PIPE)
    let total: i64 = 0
    while (total < CAPACITY + 6000) total += granted(pipe.read(1000), 'read')
    same(total, CAPACITY + 6000, 'bytes in all')
    child.ends(0)
    pipe.close()
  })
  test('PIP0006', 'READ gives 0 when the pipe is empty and nobody can write any more', () => {
    const pipe = new Pipe()
    pipe.write(5)
    close(pipe.writer)
    same(pipe.read(10), 5, 'what was left')
    same(pipe.read(10), 0, 'the end')
    same(pipe.read(10), 0, 'the end again')
    close(pipe.reader)
  })
  test('PIP0007', 'a reader that waits is told of the end', () => {
    const pipe = new Pipe()
    const child = new Child('read').give(READER, pipe.reader).start().until(STATE_PIPE)
    close(pipe.writer)
    child.ends(0)
    close(pipe.reader)
  })
  test('PIP0008', 'WRITE gives EPIPE when nobody can read any more', () => {
    const pipe = new Pipe()
    close(pipe.reader)
    refused(pipe.write(1), EPIPE, 'write')
    refused(pipe.write(1), EPIPE, 'write again')
    close(pipe.writer)
  })
  test('PIP0009', 'a writer that waits gets EPIPE when the last reader goes', () => {
    const pipe = new Pipe()
    pipe.write(CAPACITY)
    const child = new Child('write', 10).give(WRITER, pipe.writer).start().until(STATE_PIPE)
    close(pipe.reader)
    child.ends(EPIPE)
    close(pipe.writer)
  })
  test('PIP0010', 'a pipe ends only with the last copy of an end', () => {
    const pipe = new Pipe()
    const copy = dup(pipe.writer)
    const child = new Child('sleep', i64.MAX_VALUE).give(WRITER, pipe.writer).start()
    close(pipe.writer)
    close(copy)
    const reader = new Child('read').give(READER, pipe.reader).start().until(STATE_PIPE)
    child.stop()
    reader.ends(0)
    close(pipe.reader)
  })
  test('PIP0011', 'reading the writer or writing the reader is refused', () => {
    const pipe = new Pipe()
    refused(syscall(SYS_READ, pipe.writer, pipe.at, 1), EPERM, 'read the writer')
    refused(syscall(SYS_WRITE, pipe.reader, pipe.at, 1), EPERM, 'write the reader')
    pipe.close()
  })
  test('PIP0012', 'lengths of 0 return at once', () => {
    const pipe = new Pipe()
    same(pipe.read(0), 0, 'read nothing')
    same(pipe.write(0), 0, 'write nothing')
    same(pipe.level, 0, 'bytes')
    pipe.close()
  })
  test('PIP0013', 'a reader that is killed while it waits loses nothing for others', () => {
    const pipe = new Pipe()
    new Child('read').give(READER, pipe.reader).start().until(STATE_PIPE).stop()
    same(pipe.write(9), 9, 'written')
    same(pipe.read(100), 9, 'read')
    pipe.close()
  })
  test('PIP0014', 'a writer that is killed while it waits leaves whole bytes', () => {
    const pipe = new Pipe()
    const child = new Child('write', 5000).give(WRITER, pipe.writer).start().until(STATE_PIPE)
    same(pipe.level, CAPACITY, 'bytes')
    child.stop()
    same(pipe.level, CAPACITY, 'bytes')
    for (let i = 0; i < 8; i++) {
      same(pipe.read(512), 512, 'read')
      for (let j = 0; j < 512; j += 61) same(pipe.data[j], (i * 512 + j) & 255, 'byte')
    }
    pipe.close()
  })
  test('PIP0015', 'two readers share what comes, nothing is lost or doubled', () => {
    const pipe = new Pipe()
    const first = new Child('drain').give(READER, pipe.reader).start()
    const second = new Child('drain').give(READER, pipe.reader).start()
    for (let i = 0; i < 15; i++) same(pipe.write(4096), 4096, 'written')
    close(pipe.writer)
    const a = waitCode(first)
    const b = waitCode(second)
    sharedAll(a + b)
    close(pipe.reader)
  })
  test('PIP0016', 'PIPE with fewer than two descriptors free gives EMFILE', () => {
    for (let fd = 0; fd < MAX_DESCRIPTORS - 1; fd++) if (!isOpen(fd)) dup2(2, fd)
    refused(syscall(SYS_PIPE), EMFILE, 'with one free')
    same(isOpen(MAX_DESCRIPTORS - 1) ? 1 : 0, 0, 'the one free stays free')
    for (let fd = 0; fd < MAX_DESCRIPTORS; fd++) if (fd !== 2) close(fd)
    const pipe = new Pipe()
    same(kindOf(pipe.reader), KIND_PIPE, 'kind')
    pipe.close()
  })
  test(
    'PIP0017',
    'a pipe may be closed while another task waits in it, and used by others on',
    () => {
      const pipe = new Pipe()
      const child = new Child('read').give(READER, pipe.reader).start().until(STATE_PIPE)
      close(pipe.reader)
      same(pipe.write(3), 3, 'written')
      child.ends(3)
      close(pipe.writer)
    },
  )
  test('PIP0018', 'a large amount passes through a pipe', () => {
    const pipe = new Pipe()
    const child = new Child('drain').give(READER, pipe.reader).start()
    close(pipe.reader)
    for (let i = 0; i < 15; i++) same(pipe.write(4096), 4096, 'written')
    close(pipe.writer)
    child.ends(240)
  })
}

function waitCode(child: Child): i32 {
  const answer = syscallMany(SYS_WAIT, child.task)
  same(answer, child.task, 'wait')
  const code = result(1) as i32
  close(child.task)
  return code
}

/** Each reader tells its bytes divided by 256, rounded down. */
function sharedAll(blocks: i32): void {
  holds(blocks === 239 || blocks === 240, `${blocks.toString()} blocks instead of 240`)
}

function addStreams(): void {
  test('STR0001', 'READ of an endpoint is a call with the buffer lent for writing', () => {
    const endpoint = createEndpoint()
    const session = mint(endpoint, 3, RIGHT_READ | RIGHT_TRANSFER)
    const child = new Child('read').give(READER, session).start().until(STATE_CALLING)
    const message = new Message()
    const token = granted(receive(message, 0, endpoint), 'receive')
    same(message.tag, STREAM_READ, 'tag')
    same(message.d0, 64, 'length')
    same(message.badge, 3, 'badge')
    const at = memory.data(64, 8)
    same(writeLease(token, 0, at, 64), 64, 'write the lease')
    refused(readLease(token, 0, at, 64), EPERM, 'read the lease')
    reply(17)
    child.ends(17)
    close(session)
    close(endpoint)
  })
  test('STR0002', 'WRITE of an endpoint is a call with the buffer lent for reading', () => {
    const endpoint = createEndpoint()
    const child = new Child('write', 50).give(WRITER, endpoint).start().until(STATE_CALLING)
    const message = new Message()
    const token = granted(receive(message, 0, endpoint), 'receive')
    same(message.tag, STREAM_WRITE, 'tag')
    same(message.d0, 50, 'length')
    const at = memory.data(64, 8)
    same(readLease(token, 0, at, 64), 50, 'read the lease')
    same(load<u8>(at + 49), 49, 'last byte')
    refused(writeLease(token, 0, at, 64), EPERM, 'write the lease')
    reply(50)
    child.ends(0)
    close(endpoint)
  })
  test('STR0003', 'errors of a server reach the reader', () => {
    const endpoint = createEndpoint()
    const child = new Child('read').give(READER, endpoint).start().until(STATE_CALLING)
    granted(receive(new Message(), 0, endpoint), 'receive')
    reply(-ESPIPE)
    child.ends(ESPIPE)
    close(endpoint)
  })
  test('STR0004', 'only x0 changes by READ of an endpoint', () => {
    const endpoint = createEndpoint()
    const child = new Child('read-registers').give(READER, endpoint).start().until(STATE_CALLING)
    granted(receive(new Message(), 0, endpoint), 'receive')
    reply(1, 111, 222, 333, 444)
    child.ends(0)
    close(endpoint)
  })
  test('STR0005', 'reading and writing an endpoint need READ and WRITE, not SEND', () => {
    const endpoint = createEndpoint()
    const sends = mint(endpoint, 1, RIGHT_SEND)
    const at = memory.data(16, 8)
    refused(syscall(SYS_READ, sends, at, 16), EPERM, 'read')
    refused(syscall(SYS_WRITE, sends, at, 16), EPERM, 'write')
    close(sends)
    const reads = copyHandle(endpoint, RIGHT_READ)
    refused(syscall(SYS_WRITE, reads, at, 16), EPERM, 'write')
    close(reads)
    close(endpoint)
  })
  test('STR0006', 'a server that dies: READ gives EOWNERDEAD, afterwards EPIPE', () => {
    const endpoint = createEndpoint()
    const server = new Child('receive-and-leave').give(PORT, endpoint).start()
    const port = copyHandle(endpoint, RIGHT_READ | RIGHT_TRANSFER)
    close(endpoint)
    const at = memory.data(16, 8)
    refused(syscall(SYS_READ, port, at, 16), EOWNERDEAD, 'read')
    server.ends(4)
    refused(syscall(SYS_READ, port, at, 16), EPIPE, 'read')
    close(port)
  })
  test('STR0007', 'a reader of an endpoint can be killed while its server works', () => {
    const endpoint = createEndpoint()
    const child = new Child('read').give(READER, endpoint).start().until(STATE_CALLING)
    const message = new Message()
    const token = granted(receive(message, 0, endpoint), 'receive')
    child.until(STATE_REPLY)
    kill(child.task, 6)
    child.ends(6, REASON_KILLED)
    refused(writeLease(token, 0, memory.data(8, 8), 8), ESRCH, 'write the lease')
    close(endpoint)
  })
  test(
    'STR0008',
    'a buffer that cannot be one of a task gives EFAULT before the server is asked',
    () => {
      const endpoint = createEndpoint()
      const port = copyHandle(endpoint, RIGHT_ALL)
      refused(syscall(SYS_READ, port, -1, 16), EFAULT, 'read')
      refused(syscall(SYS_WRITE, port, 0xffff_9000_0000_0000, 16), EFAULT, 'write')
      refused(syscall(SYS_READ, 200, 0x20000, 16), EBADF, 'an empty slot')
      close(port)
      close(endpoint)
    },
  )
}

export function addPipeCases(): void {
  addPipes()
  addStreams()
}
