/** Exhausted tables: the call says so, nothing breaks, and it works again when there is room. Killing in every state. */
import {
  ENFILE,
  ENOMEM,
  MAX_PIPES,
  MAX_SESSIONS,
  MAX_SHMS,
  MAX_TASKS,
  PAGE_BYTES,
  REASON_KILLED,
  RIGHT_SEND,
  SLOT_SELF,
  SPAWN_BLOCK_FAULT_ENDPOINT,
  STATE_CALLING,
  STATE_EMBRYO,
  STATE_FAULTED,
  STATE_NOTIFICATION,
  STATE_PIPE,
  STATE_READY,
  STATE_RECEIVING,
  STATE_REPLY,
  STATE_SENDING,
  STATE_SLEEPING,
  STATE_WAITING,
  SYS_ENDPOINT_CREATE,
  SYS_ENDPOINT_MINT,
  SYS_MMAP,
  SYS_MUNMAP,
  SYS_NANOSLEEP,
  SYS_PIPE,
  SYS_SHMCREATE,
  SYS_SYSINFO,
  SYSINFO_MEMORY,
  SYSINFO_OBJECTS,
} from '../../libkenix/generated/abi'
import { close, dup2, isOpen } from '../../libkenix/handle'
import { createEndpoint, Message, receive } from '../../libkenix/ipc'
import { kill } from '../../libkenix/process'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { yieldNow } from '../../libkenix/time'
import { Block } from '../block'
import { granted, holds, refused, same } from '../check'
import { Child, ends, stateOf } from '../child'
import { Code, Elf } from '../elf'
import { UDF } from '../instructions'
import { test } from '../registry'
import { HOLD } from '../roles'
import { PEER, PORT, READER, WRITER } from '../slots'

/** Slots that one task has for what the kernel gives out. */
const OWN: i32 = 190

/** Ends what this task holds in slots from 64 on. */
function closeAll(): void {
  for (let slot = 64; slot < 256; slot++) close(slot)
}

function sleeper(): Elf {
  return new Elf(new Code().set(0, u64.MAX_VALUE).call(SYS_NANOSLEEP).exit(0))
}

function addExhaustion(): void {
  test('LIM0001', 'all tasks in use give ENFILE', () => {
    const elf = sleeper()
    const block = new Block()
    const tasks: i32[] = []
    let answer: i64 = 0
    for (;;) {
      answer = block.spawn(elf)
      if (answer < 0) break
      tasks.push(answer as i32)
    }
    refused(answer, ENFILE, 'spawn')
    holds(tasks.length > MAX_TASKS - 30, 'there are fewer tasks than promised')
    kill(tasks[0], 1)
    ends(tasks[0], 1, REASON_KILLED)
    const again = granted(block.spawn(elf), 'spawn when there is room') as i32
    kill(again, 1)
    ends(again, 1, REASON_KILLED)
    for (let i = 1; i < tasks.length; i++) kill(tasks[i], 1)
    for (let i = 1; i < tasks.length; i++) ends(tasks[i], 1, REASON_KILLED)
  })
  test('LIM0002', 'all endpoints in use give ENFILE', () => {
    const helper = new Child('make-endpoints').start().until(STATE_SLEEPING)
    let made = 0
    let answer: i64 = 0
    while (made < OWN) {
      answer = syscall(SYS_ENDPOINT_CREATE)
      if (answer < 0) break
      made++
    }
    refused(answer, ENFILE, 'create')
    helper.stop()
    granted(syscall(SYS_ENDPOINT_CREATE), 'create when there is room')
    closeAll()
  })
  test('LIM0003', 'all sessions in use give ENFILE', () => {
    // Sessions that were closed but not yet received stay in use.
    const endpoint = createEndpoint()
    let made = 0
    let answer: i64 = 0
    while (made <= MAX_SESSIONS) {
      answer = syscall(SYS_ENDPOINT_MINT, endpoint, made + 1, RIGHT_SEND)
      if (answer < 0) break
      close(answer as i32)
      made++
    }
    refused(answer, ENFILE, 'mint')
    const message = new Message()
    granted(receive(message, 0, endpoint), 'receive one')
    same(message.badge, 1, 'badge')
    close(granted(syscall(SYS_ENDPOINT_MINT, endpoint, 5, RIGHT_SEND), 'mint again') as i32)
    close(endpoint)
  })
  test('LIM0004', 'all shared memories in use give ENFILE', () => {
    const helper = new Child('make-memories').start().until(STATE_SLEEPING)
    let made = 0
    let answer: i64 = 0
    while (made < MAX_SHMS) {
      answer = syscall(SYS_SHMCREATE, PAGE_BYTES)
      if (answer < 0) break
      made++
    }
    refused(answer, ENFILE, 'create')
    helper.stop()
    syscall(SYS_NANOSLEEP, 20_000_000)
    close(64)
    syscall(SYS_NANOSLEEP, 2_000_000)
    granted(syscall(SYS_SHMCREATE, PAGE_BYTES), 'create when there is room')
    closeAll()
  })
  test('LIM0005', 'all pipes in use give ENFILE', () => {
    let made = 0
    let answer: i64 = 0
    while (made <= MAX_PIPES) {
      answer = syscallMany(SYS_PIPE)
      if (answer < 0) break
      const writer = result(1) as i32
      if (made >= OWN) break
      // The reader keeps the pipe; descriptors are few, so it moves.
      dup2(answer as i32, 64 + made)
      close(answer as i32)
      close(writer)
      made++
    }
    refused(answer, ENFILE, 'pipe')
    close(64)
    granted(syscallMany(SYS_PIPE), 'pipe when there is room')
    closeAll()
  })
  test('LIM0006', 'when memory is out, spawn, map and share say so and the system goes on', () => {
    const free = freePages()
    // Regions are few: most of memory goes in large ones.
    const at = syscall(SYS_MMAP, 0x10_0000_0000, (free - 300) * PAGE_BYTES, 3)
    granted(at, 'map nearly everything')
    let small: i64 = 0x20_0000_0000
    while (syscall(SYS_MMAP, small, 8 * PAGE_BYTES, 3) >= 0) small += 16 * PAGE_BYTES
    refused(syscall(SYS_MMAP, small, 64 * PAGE_BYTES, 3), ENOMEM, 'map')
    refused(syscall(SYS_SHMCREATE, 64 * PAGE_BYTES), ENOMEM, 'share')
    refused(new Block().spawn(sleeper()), ENOMEM, 'spawn')
    same(syscall(SYS_MUNMAP, 0x10_0000_0000), 0, 'unmap')
    const task = granted(new Block().spawn(sleeper()), 'spawn when there is room') as i32
    kill(task, 1)
    ends(task, 1, REASON_KILLED)
  })
  test('LIM0007', 'objects of a task that ended are free for others', () => {
    for (let i = 0; i < 4; i++) {
      const before = objects()
      const helper = new Child('make-endpoints').start().until(STATE_SLEEPING)
      holds(objects() > before + 100, 'it made none')
      helper.stop()
      same(objects(), before, 'endpoints')
    }
  })
  test('LIM0008', 'a task that starts tasks without end is stopped by the table alone', () => {
    const bomb = new Child('spawn-all').start()
    bomb.ends(ENFILE)
    new Child('exit', 3).start().ends(3)
  })
}

function freePages(): i64 {
  syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
  return result(2)
}

function objects(): i64 {
  return syscall(SYS_SYSINFO, SYSINFO_OBJECTS)
}

function addKills(): void {
  test('KIL0001', 'a task that is ready is killed', () => {
    const child = new Child('spin').start().until(STATE_READY)
    child.stop()
  })
  test('KIL0002', 'a task that sleeps is killed', () => {
    new Child('sleep', i64.MAX_VALUE).start().until(STATE_SLEEPING).stop()
  })
  test('KIL0003', 'a task that sends is killed', () => {
    const endpoint = createEndpoint()
    new Child('send', 1).give(PORT, endpoint).start().until(STATE_SENDING).stop()
    close(endpoint)
  })
  test('KIL0004', 'a task that calls is killed', () => {
    const endpoint = createEndpoint()
    new Child('call', 1).give(PORT, endpoint).start().until(STATE_CALLING).stop()
    close(endpoint)
  })
  test('KIL0005', 'a task that waits for a reply is killed, and its server lives', () => {
    const endpoint = createEndpoint()
    const server = new Child('server').give(SLOT_SELF, endpoint).start()
    new Child('call', HOLD).give(PORT, endpoint).start().until(STATE_REPLY).stop()
    new Child('add').give(PORT, endpoint).start().ends(0)
    server.stop()
    close(endpoint)
  })
  test('KIL0006', 'a task that receives is killed', () => {
    const endpoint = createEndpoint()
    new Child('receive').give(PORT, endpoint).start().until(STATE_RECEIVING).stop()
    close(endpoint)
  })
  test('KIL0007', 'a task that waits for a notification is killed', () => {
    new Child('notified', 1).start().until(STATE_NOTIFICATION).stop()
  })
  test('KIL0008', 'a task that waits for another is killed', () => {
    const other = new Child('sleep', i64.MAX_VALUE).start()
    new Child('wait').give(PEER, other.task).start().until(STATE_WAITING).stop()
    other.stop()
  })
  test('KIL0009', 'a task that waits for a pipe is killed', () => {
    const reader = granted(syscallMany(SYS_PIPE), 'pipe') as i32
    const writer = result(1) as i32
    new Child('read').give(READER, reader).start().until(STATE_PIPE).stop()
    new Child('write', 5000).give(WRITER, writer).start().until(STATE_PIPE).stop()
    close(reader)
    close(writer)
  })
  test(
    'KIL0010',
    'a task in the middle of a spawn is killed, and what it was making goes too',
    () => {
      for (let yields = 0; yields < 6; yields++) {
        const child = new Child('spawn-again').start()
        for (let i = 0; i < yields; i++) yieldNow()
        child.stop()
      }
    },
  )
  test('KIL0011', 'a task that maps and unmaps is killed at any moment', () => {
    for (let i = 0; i < 6; i++) {
      const child = new Child('map-and-unmap').start()
      syscall(SYS_NANOSLEEP, 300_000 + i * 70_000)
      child.stop()
    }
  })
  test('KIL0012', 'a task whose fault waits for a handler is killed', () => {
    const endpoint = createEndpoint()
    const block = new Block().set(SPAWN_BLOCK_FAULT_ENDPOINT, endpoint)
    const code = new Code().add(UDF)
    const task = granted(block.spawn(new Elf(code)), 'spawn') as i32
    for (let i = 0; i < 100 && stateOf(task) !== STATE_FAULTED; i++) yieldNow()
    same(kill(task, 4), 0, 'kill')
    ends(task, 4, REASON_KILLED)
    close(endpoint)
  })
  test('KIL0013', 'killing half of sixty tasks leaves the others running', () => {
    const elf = sleeper()
    const tasks: i32[] = []
    for (let i = 0; i < 60; i++) tasks.push(granted(new Block().spawn(elf), 'spawn') as i32)
    for (let i = 0; i < 60; i += 2) same(kill(tasks[i], 1), 0, 'kill')
    for (let i = 0; i < 60; i += 2) ends(tasks[i], 1, REASON_KILLED)
    for (let i = 1; i < 60; i += 2) same(stateOf(tasks[i]), STATE_SLEEPING, 'state')
    for (let i = 1; i < 60; i += 2) {
      kill(tasks[i], 2)
      ends(tasks[i], 2, REASON_KILLED)
    }
  })
  test('KIL0014', 'an embryo cannot be seen by its handle before it is complete', () => {
    const child = new Child('exit', 4).start()
    holds(stateOf(child.task) !== STATE_EMBRYO, 'it is an embryo')
    child.ends(4)
    holds(!isOpen(child.task), 'its handle is open')
  })
}

export function addLimitCases(): void {
  addExhaustion()
  addKills()
}
