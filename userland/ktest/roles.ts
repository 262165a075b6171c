/** What other tasks do in cases. Their argument is a number; what they are given lies in the slots of `slots.ts`. */

import { args } from '../libkenix/environment'
import {
  ANY,
  EINVAL,
  MYSELF,
  PAGE_BYTES,
  PROT_READ,
  PROT_WRITE,
  RIGHT_SEND,
  SLOT_SELF,
  SYS_DEVICE_MAP,
  SYS_DMA_CREATE,
  SYS_HANDLE_INFO,
  SYS_HANDLE_TAKE,
  SYS_IRQ_ACK,
  SYS_IRQ_REGISTER,
  SYS_IRQ_WAIT,
  SYS_LEASE,
  SYS_LEASE_INFO,
  SYS_LEASE_READ,
  SYS_LEASE_WRITE,
  SYS_MMAP,
  SYS_MUNMAP,
  SYS_NANOSLEEP,
  SYS_NOTIFICATION_CREATE,
  SYS_PIPE,
  SYS_READ,
  SYS_SHMCREATE,
  SYS_SHMMAP,
  SYS_WAIT,
  SYS_WRITE,
} from '../libkenix/generated/abi'
import { close, rightsOf } from '../libkenix/handle'
import { store32, store64 } from '../libkenix/imports/mem64'
import {
  attach,
  call,
  createEndpoint,
  createNotification,
  Message,
  mint,
  notify,
  receive,
  reply,
  replyTo,
  replyWord,
  send,
  take,
  waitNotification,
} from '../libkenix/ipc'
import { kill, wait } from '../libkenix/process'
import { exit } from '../libkenix/stdio'
import { result, syscall, syscallMany } from '../libkenix/syscall'
import { uptime, yieldNow } from '../libkenix/time'
import { granted, same } from './check'
import { Child, ends, startElf, tryElf } from './child'
import { Code, Elf } from './elf'
import { role } from './registry'
import { BELL, DEVICE, PEER, PORT, READER, SHARED, WRITER } from './slots'

/** What the role "server" does, by tag. */
export const ADD: i32 = 1
/** Ends without a reply, with code d0. */
export const LEAVE: i32 = 2
/** Replies later. */
export const HOLD: i32 = 3
/** Replies to the caller that was held, with d0. */
export const RELEASE: i32 = 4
/** Takes the attached handle: slot, or errno; its kind and rights in words. */
export const TAKE: i32 = 5
/** Copies from lent memory, d0 offset, d1 bytes: how many; their sum in a word. */
export const GATHER: i32 = 6
/** Fills lent memory: d0 offset, d1 bytes, d2 byte. */
export const SCATTER: i32 = 7
/** What is lent: bytes, access, process id. */
export const LENT: i32 = 8
/** Copies from the memory of the caller that is held. */
export const GATHER_HELD: i32 = 9
/** Replies twice; the second result is asked with `LAST`. */
export const TWICE: i32 = 10
export const LAST: i32 = 11
/** Ends by a null pointer, without a reply. */
export const CRASH: i32 = 12
/** How many sessions were closed, and the badge of the last. */
export const CLOSED: i32 = 13
/** Closes the handle in slot d0. */
export const DROP: i32 = 14
/** The badge of the caller. */
export const BADGE: i32 = 15
/** Copies from lent memory to an address: d0 offset, d1 bytes, d2 address. */
export const GATHER_AT: i32 = 16

const BUFFER_BYTES: i32 = 16384

/** The number a role was started with. */
export function argument(): i64 {
  return I64.parseInt(args()[2])
}

/** A server's memory of what happened. */
class Server {
  held: i64 = 0
  last: i64 = 0
  closedCount: i64 = 0
  closedBadge: i64 = 0
  readonly buffer: StaticArray<u8> = new StaticArray<u8>(BUFFER_BYTES)
  readonly message: Message = new Message()

  get address(): usize {
    return changetype<usize>(this.buffer)
  }

  gather(sender: i64): void {
    const m = this.message
    const n = syscall(SYS_LEASE_READ, sender, m.d0, this.address, m.d1)
    let sum: i64 = 0
    for (let i = 0; i < (n as i32); i++) sum += load<u8>(this.address + i)
    reply(n, sum)
  }

  scatter(): void {
    const m = this.message
    memory.fill(this.address, m.d2 as u8, min(m.d1 as i32, BUFFER_BYTES))
    reply(syscall(SYS_LEASE_WRITE, m.sender, m.d0, this.address, m.d1))
  }

  take(): void {
    const slot = syscall(SYS_HANDLE_TAKE, ANY)
    if (slot < 0) {
      reply(slot)
      return
    }
    const kind = syscallMany(SYS_HANDLE_INFO, slot)
    reply(slot, kind, result(1), result(3))
  }

  serve(): void {
    const m = this.message
    switch (m.tag as i32) {
      case ADD:
        reply(m.d0 + m.d1 + m.d2 + m.d3, m.d0 + 1, m.d1 + 1, m.d2 + 1, m.d3 + 1)
        break
      case LEAVE:
        exit(m.d0 as i32)
        break
      case HOLD:
        this.held = m.sender
        break
      case RELEASE:
        reply(replyTo(this.held, m.d0, 1, 2, 3, 4))
        break
      case TAKE:
        this.take()
        break
      case GATHER:
        this.gather(m.sender)
        break
      case SCATTER:
        this.scatter()
        break
      case LENT: {
        const bytes = syscallMany(SYS_LEASE_INFO, m.sender)
        reply(bytes, result(1), result(2))
        break
      }
      case GATHER_HELD:
        this.gather(this.held)
        break
      case GATHER_AT:
        reply(syscall(SYS_LEASE_READ, m.sender, m.d0, m.d2, m.d1))
        break
      case TWICE:
        reply(m.d0)
        this.last = reply(m.d0 + 1)
        break
      case LAST:
        reply(this.last)
        break
      case CRASH:
        store<i32>(0, 1)
        break
      case CLOSED:
        reply(this.closedCount, this.closedBadge)
        break
      case DROP:
        reply(close(m.d0 as i32))
        break
      case BADGE:
        reply(m.badge)
        break
      default:
        reply(-EINVAL)
    }
  }
}

function playServer(): i32 {
  const server = new Server()
  const message = server.message
  while (receive(message) >= 0) {
    if (message.wantsReply) server.serve()
    else {
      server.closedCount++
      server.closedBadge = message.badge
    }
  }
  return 3
}

/** Exit code that tells an errno. */
function codeOf(answer: i64): i32 {
  return answer < 0 ? -(answer as i32) : 0
}

/** Names of all roles. */
export function addRoles(): void {
  role('server', playServer)
  // Ends with the argument as code.
  role('exit', () => argument() as i32)
  // Calls with the argument as tag; the code is the errno of the reply.
  role('call', () => codeOf(call(PORT, argument() as i32, 1, 2, 3, 4)))
  // Calls with ADD; the code says if the reply is right.
  role('add', () => {
    same(call(PORT, ADD, 1, 2, 3, 4), 10, 'sum')
    same(replyWord(3), 5, 'last word')
    return 0
  })
  role('send', () => codeOf(send(PORT, argument() as i32, 5, 6, 7, 8)))
  // Receives one message on the endpoint in PORT; the code is its tag.
  role('receive', () => {
    const message = new Message()
    const answer = receive(message, 0, PORT)
    return answer < 0 ? codeOf(answer) : (message.tag as i32)
  })
  role('notified', () => (waitNotification(argument()) & 255) as i32)
  role('sleep', () => {
    syscall(SYS_NANOSLEEP, argument())
    return 0
  })
  role('spin', () => {
    while (true) {}
  })
  role('yield', () => {
    while (true) yieldNow()
  })
  // Spins for some nanoseconds, then rings.
  role('spin-then-ring', () => {
    const end = uptime() + argument()
    while (uptime() < end) {}
    return codeOf(notify(BELL, 1))
  })
  role('ring', () => codeOf(notify(BELL, argument())))
  // Waits for the task in PEER; the code is that task's.
  role('wait', () => {
    const answer = syscallMany(SYS_WAIT, PEER)
    return answer < 0 ? codeOf(answer) : (result(1) as i32)
  })
  // Reads a pipe; the code is the number of bytes.
  role('read', () => {
    const at = memory.data(64, 8)
    const n = syscall(SYS_READ, READER, at, 64) as i32
    return n < 0 ? -n : n
  })
  // Reads a pipe to its end; the code is the number of bytes divided by 256.
  role('drain', () => {
    const at = memory.data(1000, 8)
    let total = 0
    while (true) {
      const n = syscall(SYS_READ, READER, at, 1000) as i32
      if (n <= 0) return n < 0 ? -n : total >> 8
      total += n
    }
  })
  // Writes so many bytes to a pipe; the code is the errno.
  role('write', () => {
    const bytes = argument() as i32
    const data = new StaticArray<u8>(bytes)
    for (let i = 0; i < bytes; i++) data[i] = i as u8
    return codeOf(syscall(SYS_WRITE, WRITER, changetype<usize>(data), bytes))
  })
  // Maps the shared memory and adds one to its first word, then does the same when it is notified, for ever.
  role('share', () => {
    const at = granted(syscall(SYS_SHMMAP, SHARED, 0, PROT_READ | PROT_WRITE), 'map') as usize
    while (true) {
      store<u64>(at, load<u64>(at) + 1)
      notify(BELL, 1)
      waitNotification(1)
    }
  })
  // Reads the shared memory until that faults.
  role('poll-shared', () => {
    const at = granted(syscall(SYS_SHMMAP, SHARED, 0, PROT_READ), 'map') as usize
    notify(BELL, 1)
    while (load<u64>(at) !== 1) yieldNow()
    return 0
  })
  role('interrupt', () => {
    same(syscall(SYS_IRQ_REGISTER, PEER, 0), 0, 'register')
    return codeOf(syscall(SYS_IRQ_WAIT, PEER))
  })
  role('lend-and-call', () => {
    const data = new StaticArray<u8>(256)
    for (let i = 0; i < 256; i++) data[i] = 1
    syscall(SYS_LEASE, changetype<usize>(data), 256, 1)
    return codeOf(call(PORT, argument() as i32, 0, 256))
  })
  role('has-slot', () => (syscall(SYS_HANDLE_INFO, argument()) < 0 ? 1 : 0))
  role('own-endpoint', () => {
    const message = new Message()
    const answer = receive(message, 0, SLOT_SELF)
    return answer < 0 ? codeOf(answer) : (message.tag as i32)
  })
  role('kill-self', () => {
    kill(MYSELF, argument() as i32)
    return 1
  })
  // Starts a task that outlives this one, which writes a byte a little later.
  role('orphan', () => {
    new Child('write-late').give(WRITER, WRITER).start()
    return 0
  })
  role('write-late', () => {
    syscall(SYS_NANOSLEEP, 3_000_000)
    return codeOf(syscall(SYS_WRITE, WRITER, changetype<usize>(memory.data(8, 8)), 1))
  })
  // Touches so many pages, then sleeps.
  role('hold-memory', () => {
    const pages = argument()
    const at = granted(syscall(SYS_MMAP, 0, pages * PAGE_BYTES, PROT_READ | PROT_WRITE), 'map')
    for (let i: i64 = 0; i < pages; i++) store64((at + i * PAGE_BYTES) as u64, 1)
    syscall(SYS_NANOSLEEP, i64.MAX_VALUE)
    return 0
  })
  // Calls the endpoint on which only it could receive.
  role('call-self', () => codeOf(call(createEndpoint(), 1)))
  // Calls and takes the handle that comes back; the code is its kind.
  role('take', () => {
    call(PORT, 1)
    return syscallMany(SYS_HANDLE_INFO, granted(take(), 'take')) as i32
  })
  role('attach-and-call', () => {
    attach(createEndpoint())
    return codeOf(call(PORT, 1))
  })
  // Lends a page that it has unmapped.
  role('lend-unmapped', () => {
    const page = granted(syscall(SYS_MMAP, 0, PAGE_BYTES, PROT_READ | PROT_WRITE), 'map')
    syscall(SYS_LEASE, page, 16, 3)
    same(syscall(SYS_MUNMAP, page), 0, 'unmap')
    return codeOf(call(PORT, 1))
  })
  // Sleeps a little, then tells the rights of a handle it was given meanwhile.
  role('sleep-then-rights', () => {
    syscall(SYS_NANOSLEEP, 200_000_000)
    return rightsOf(argument() as i32)
  })
  // Reads an endpoint; the code says if registers but x0 changed.
  role('read-registers', () => {
    const at = memory.data(64, 8)
    same(syscallMany(SYS_READ, READER, at, 64, 7, 8, 9), 1, 'read')
    same(result(1), at, 'x1')
    same(result(2), 64, 'x2')
    same(result(3), 7, 'x3')
    same(result(4), 8, 'x4')
    same(result(5), 9, 'x5')
    return 0
  })
  // Sends a notification of its own, and waits for a reply.
  role('send-bell', () => {
    attach(createNotification(1))
    return codeOf(call(PORT, 1))
  })
  // Makes the kernel work for a long time, again and again.
  role('map-and-unmap', () => {
    while (true) {
      const pages = 200
      const at = granted(syscall(SYS_MMAP, 0, pages * PAGE_BYTES, 3), 'map')
      for (let i: i64 = 0; i < pages; i++) store64((at + i * PAGE_BYTES) as u64, 1)
      same(syscall(SYS_MUNMAP, at), 0, 'unmap')
    }
  })
  // Writes memory that it may only read.
  role('write-shared', () => {
    store64(granted(syscall(SYS_SHMMAP, SHARED), 'map') as u64, 1)
    return 0
  })
  // Leaves DMA memory of the device in PEER behind.
  role('dma-and-crash', () => {
    const dma = granted(syscall(SYS_DMA_CREATE, PEER, 3 * PAGE_BYTES, 0), 'create')
    store64(granted(syscall(SYS_SHMMAP, dma), 'map') as u64, 1)
    store<i32>(0, 1)
    return 0
  })
  // Makes as many as its table holds, then sleeps.
  role('make-endpoints', () => {
    while (createEndpoint() >= 0) {}
    syscall(SYS_NANOSLEEP, i64.MAX_VALUE)
    return 0
  })
  role('make-memories', () => {
    for (let i = 0; i < 120; i++) syscall(SYS_SHMCREATE, PAGE_BYTES)
    syscall(SYS_NANOSLEEP, i64.MAX_VALUE)
    return 0
  })
  // Starts tasks until that fails, ends them, and tells the errno.
  role('spawn-all', () => {
    const elf = new Elf(new Code().set(0, u64.MAX_VALUE).call(SYS_NANOSLEEP))
    const tasks: i32[] = []
    let answer = tryElf(elf)
    while (answer >= 0) {
      tasks.push(answer as i32)
      answer = tryElf(elf)
    }
    for (let i = 0; i < tasks.length; i++) kill(tasks[i], 1)
    for (let i = 0; i < tasks.length; i++) wait(tasks[i])
    return codeOf(answer)
  })
  // Starts a task, waits for it, and so on.
  role('spawn-again', () => {
    const elf = new Elf(new Code().exit(0))
    while (true) ends(startElf(elf), 0)
  })
  // Takes its notification for ever.
  role('listener', () => {
    while (true) waitNotification(1)
  })
  // Drives the clock chip in DEVICE: takes its interrupts away.
  role('driver', () => {
    same(syscall(SYS_IRQ_REGISTER, DEVICE, 0), 0, 'register')
    const at = granted(syscall(SYS_DEVICE_MAP, DEVICE), 'map') as u64
    while (true) {
      syscall(SYS_IRQ_WAIT, DEVICE)
      store32(at + 0x10, 0)
      store32(at + 0x1c, 1)
      syscall(SYS_IRQ_ACK, DEVICE)
    }
  })
  // Ends every task whose fault it is told of.
  role('handler', () => {
    const message = new Message()
    while (receive(message) >= 0) if (message.wantsReply) reply(-1)
    return 1
  })
  role('recurse', () => deeper(1) & 1)
  role('divide', () => 100 / (argument() as i32))
  role('unreachable', () => {
    unreachable()
    return 0
  })
  role('index', () => {
    const list: i32[] = [1, 2, 3]
    return list[argument() as i32]
  })
  role('null', () => load<i32>(changetype<usize>(0), 16))
  // Gets hold of one of everything, then crashes.
  role('collect-and-crash', () => {
    const endpoint = createEndpoint()
    mint(endpoint, 5, RIGHT_SEND)
    syscall(SYS_NOTIFICATION_CREATE, 1)
    syscall(SYS_PIPE)
    syscall(SYS_SHMMAP, syscall(SYS_SHMCREATE, 10 * PAGE_BYTES))
    syscall(SYS_MMAP, 0, 100 * PAGE_BYTES, PROT_READ | PROT_WRITE)
    new Child('exit').start()
    attach(endpoint)
    store<i32>(0, 1)
    return 0
  })
  // Receives a message and ends with code 4, without a reply.
  role('receive-and-leave', () => {
    receive(new Message(), 0, PORT)
    return 4
  })
}

/** Needs stack without end. */
function deeper(n: i32): i32 {
  return n < 0 ? 0 : deeper(n + 1) * 3 + n
}
