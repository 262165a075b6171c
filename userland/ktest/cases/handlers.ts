/** Faults that go to a handler as messages: it may repair, skip, or end the task. */
import {
  EAGAIN,
  EBADF,
  EEXIST,
  EFAULT,
  EINVAL,
  EPERM,
  ESRCH,
  FAULT_FAULT,
  PAGE_BYTES,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  REASON_FAULT,
  REASON_KILLED,
  REASON_TRAP,
  REGISTERS_BLOCK_PC,
  REGISTERS_BLOCK_PSTATE,
  REGISTERS_BLOCK_SP,
  REGISTERS_BYTES,
  RIGHT_ALL,
  RIGHT_READ,
  RIGHT_SEND,
  SPAWN_BLOCK_FAULT_ENDPOINT,
  STATE_FAULTED,
  STATE_REPLY,
  SYS_EXIT,
  SYS_LEASE_READ,
  SYS_NANOSLEEP,
  SYS_SHMCREATE,
  SYS_SHMMAP,
  SYS_TASK_MAP,
  SYS_TASK_REGISTERS,
} from '../../libkenix/generated/abi'
import { close, copyHandle } from '../../libkenix/handle'
import { createEndpoint, Message, mint, receive, reply } from '../../libkenix/ipc'
import { kill } from '../../libkenix/process'
import { syscall } from '../../libkenix/syscall'
import { Block } from '../block'
import { granted, refused, same, sameBits } from '../check'
import { Child, ends, untilState } from '../child'
import { Code, Elf, ENTRY } from '../elf'
import { brk, ldr, str, UDF } from '../instructions'
import { test } from '../registry'
import { PORT } from '../slots'

const MISSING: u64 = 0x4000_0000
const BADGE: i32 = 77

/** A task with a handler: this one. */
class Patient {
  readonly endpoint: i32 = createEndpoint()
  readonly message: Message = new Message()
  task: i32

  constructor(code: Code) {
    const session = mint(this.endpoint, BADGE, RIGHT_SEND)
    const block = new Block().set(SPAWN_BLOCK_FAULT_ENDPOINT, session)
    this.task = granted(block.spawn(new Elf(code)), 'spawn') as i32
    close(session)
  }

  /** Receives the next fault. */
  fault(): Message {
    granted(receive(this.message, 0, this.endpoint), 'receive a fault')
    same(this.message.tag, FAULT_FAULT, 'tag of a fault')
    return this.message
  }

  /** Waits for the end. */
  ends(code: i32, reason: i32 = 0): void {
    ends(this.task, code, reason)
    // The session of the fault endpoint ends with the task.
    granted(receive(this.message, 0, this.endpoint), 'receive')
    same(this.message.sender, (BADGE as i64) << 32, 'the session is closed')
    close(this.endpoint)
  }
}

/** Reads a word where nothing is mapped, and ends with its low byte. */
function reader(): Code {
  return new Code().set(1, MISSING).add(ldr(0, 1)).call(SYS_EXIT)
}

export function addHandlerCases(): void {
  test('HDL0001', 'a fault message tells syndrome, address, place and task', () => {
    const patient = new Patient(reader())
    const m = patient.fault()
    same(m.badge, BADGE, 'badge')
    same((m.d0 >> 26) & 63, 0x24, 'exception class: data abort')
    sameBits(m.d1 as u64, MISSING, 'address')
    sameBits(m.d2 as u64, ENTRY + 8, 'place')
    reply(-1)
    patient.ends(139, REASON_FAULT)
  })
  test('HDL0002', 'memory that a handler maps lets the task go on: demand paging', () => {
    const patient = new Patient(reader())
    patient.fault()
    const shm = granted(syscall(SYS_SHMCREATE, PAGE_BYTES), 'create') as i32
    const at = granted(syscall(SYS_SHMMAP, shm), 'map')
    store<u64>(at as usize, 99)
    const answer = syscall(SYS_TASK_MAP, patient.task, shm, MISSING, PROT_READ)
    same(answer, 0, 'map into the task')
    same(reply(0), 0, 'reply')
    patient.ends(99)
    close(shm)
  })
  test('HDL0003', 'a handler can read the registers of the task', () => {
    const code = new Code()
    for (let r: u32 = 2; r < 31; r++) code.set(r, r * 7)
    const patient = new Patient(code.set(1, MISSING).add(ldr(0, 1)))
    patient.fault()
    const block = memory.data(REGISTERS_BYTES, 8)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 0), 0, 'read registers')
    for (let r = 2; r < 31; r++) same(load<u64>(block + (r << 3)), r * 7, `x${r.toString()}`)
    sameBits(load<u64>(block, 8), MISSING, 'x1')
    sameBits(load<u64>(block + REGISTERS_BLOCK_PC), ENTRY + 31 * 4, 'pc')
    const sp = load<u64>(block + REGISTERS_BLOCK_SP)
    same(sp > 0x2_ffff_0000 && sp < 0x3_0000_0000 ? 1 : 0, 1, 'sp lies in the stack')
    reply(-1)
    patient.ends(139, REASON_FAULT)
  })
  test('HDL0004', 'a handler can emulate an instruction: result written, place moved on', () => {
    const patient = new Patient(new Code().add(UDF).call(SYS_EXIT))
    patient.fault()
    const block = memory.data(REGISTERS_BYTES, 8)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 0), 0, 'read registers')
    store<u64>(block, 55)
    const pc = block + REGISTERS_BLOCK_PC
    store<u64>(pc, load<u64>(pc) + 4)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 1), 0, 'write registers')
    reply(0)
    patient.ends(55)
  })
  test('HDL0005', 'a handler cannot raise the privilege of a task through its PSTATE', () => {
    const patient = new Patient(new Code().add(UDF).add(0xd5384240).exit(1))
    patient.fault()
    const block = memory.data(REGISTERS_BYTES, 8)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 0), 0, 'read registers')
    same(load<u64>(block + REGISTERS_BLOCK_PSTATE) & 0x0fff_ffff, 0, 'only flags are told')
    store<u64>(block + REGISTERS_BLOCK_PSTATE, 0xf000_03c5)
    store<u64>(block + REGISTERS_BLOCK_PC, ENTRY + 4)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 1), 0, 'write registers')
    reply(0)
    // MRS X0, CurrentEL is undefined at EL0: so it still is there.
    const m = patient.fault()
    sameBits(m.d2 as u64, ENTRY + 4, 'place of the second fault')
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 0), 0, 'read registers')
    sameBits(load<u64>(block + REGISTERS_BLOCK_PSTATE), 0xf000_0000, 'the flags are as written')
    reply(-1)
    patient.ends(132, REASON_FAULT)
  })
  test('HDL0006', 'a handler that sends a task into the kernel makes it fault again', () => {
    const patient = new Patient(new Code().add(UDF).exit(1))
    patient.fault()
    const block = memory.data(REGISTERS_BYTES, 8)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 0), 0, 'read registers')
    store<u64>(block + REGISTERS_BLOCK_PC, 0xffff_8000_0000_1000)
    store<u64>(block + REGISTERS_BLOCK_SP, 0xffff_9000_0000_1000)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 1), 0, 'write registers')
    reply(0)
    const m = patient.fault()
    same((m.d0 >> 26) & 63, 0x20, 'exception class: instruction abort')
    reply(-1)
    patient.ends(139, REASON_FAULT)
  })
  test('HDL0007', 'the code of a task that its handler gives up is that of the fault', () => {
    const trap = new Patient(new Code().add(brk(1)))
    trap.fault()
    reply(1)
    trap.ends(133, REASON_TRAP)
  })
  test('HDL0008', 'a fault waits for a handler that is busy', () => {
    const patient = new Patient(reader())
    untilState(patient.task, STATE_FAULTED)
    patient.fault()
    untilState(patient.task, STATE_REPLY)
    reply(-1)
    patient.ends(139, REASON_FAULT)
  })
  test('HDL0009', 'a task that waits for its handler can be killed', () => {
    const patient = new Patient(reader())
    untilState(patient.task, STATE_FAULTED)
    same(kill(patient.task, 5), 0, 'kill')
    patient.ends(5, REASON_KILLED)
  })
  test(
    'HDL0010',
    'a task whose fault was received can be killed; the reply then finds nobody',
    () => {
      const patient = new Patient(reader())
      patient.fault()
      same(kill(patient.task, 5), 0, 'kill')
      refused(reply(0), ESRCH, 'reply')
      patient.ends(5, REASON_KILLED)
    },
  )
  test('HDL0011', 'when the handler dies before it replies, the task ends of its fault', () => {
    const endpoint = createEndpoint()
    const handler = new Child('receive-and-leave').give(PORT, endpoint).start()
    const block = new Block().set(SPAWN_BLOCK_FAULT_ENDPOINT, endpoint)
    const task = granted(block.spawn(new Elf(reader())), 'spawn') as i32
    handler.ends(4)
    ends(task, 139, REASON_FAULT)
    close(endpoint)
  })
  test('HDL0012', 'when nobody can receive the fault any more, the task ends of it', () => {
    const endpoint = createEndpoint()
    const block = new Block().set(SPAWN_BLOCK_FAULT_ENDPOINT, endpoint)
    const task = granted(block.spawn(new Elf(reader())), 'spawn') as i32
    untilState(task, STATE_FAULTED)
    close(endpoint)
    ends(task, 139, REASON_FAULT)
  })
  test('HDL0013', 'a handler endpoint without a receiver is as none', () => {
    const endpoint = createEndpoint()
    const block = new Block().set(SPAWN_BLOCK_FAULT_ENDPOINT, endpoint)
    const late = new Code().set(0, 3_000_000).call(SYS_NANOSLEEP).set(1, 0).add(str(1, 1))
    const task = granted(block.spawn(new Elf(late)), 'spawn') as i32
    close(endpoint)
    ends(task, 139, REASON_FAULT)
  })
  test('HDL0014', 'TASK_REGISTERS needs its rights and good addresses', () => {
    const patient = new Patient(reader())
    patient.fault()
    const block = memory.data(REGISTERS_BYTES, 8)
    const blind = copyHandle(patient.task, RIGHT_ALL & ~RIGHT_READ)
    refused(syscall(SYS_TASK_REGISTERS, blind, block, 0), EPERM, 'without READ')
    const weak = copyHandle(patient.task, RIGHT_READ)
    refused(syscall(SYS_TASK_REGISTERS, weak, block, 1), EPERM, 'without WRITE')
    refused(syscall(SYS_TASK_REGISTERS, patient.task, 0, 0), EFAULT, 'read to null')
    refused(syscall(SYS_TASK_REGISTERS, patient.task, 0, 1), EFAULT, 'write from null')
    refused(syscall(SYS_TASK_REGISTERS, patient.task, -272, 0), EFAULT, 'read to the kernel')
    close(blind)
    close(weak)
    reply(-1)
    patient.ends(139, REASON_FAULT)
  })
  test('HDL0015', 'TASK_MAP needs its rights, kinds, and a free place', () => {
    const patient = new Patient(reader())
    patient.fault()
    const shm = granted(syscall(SYS_SHMCREATE, PAGE_BYTES), 'create') as i32
    const weak = copyHandle(patient.task, RIGHT_READ)
    refused(syscall(SYS_TASK_MAP, weak, shm, MISSING, 1), EPERM, 'without MANAGE')
    refused(syscall(SYS_TASK_MAP, 2, shm, MISSING, 1), EBADF, 'a pipe as task')
    refused(syscall(SYS_TASK_MAP, patient.task, 2, MISSING, 1), EBADF, 'a pipe as memory')
    refused(syscall(SYS_TASK_MAP, patient.task, shm, MISSING + 1, 1), EINVAL, 'an odd address')
    refused(syscall(SYS_TASK_MAP, patient.task, shm, -4096, 1), EINVAL, 'the kernel')
    refused(syscall(SYS_TASK_MAP, patient.task, shm, 0, 1), EINVAL, 'the null page')
    refused(syscall(SYS_TASK_MAP, patient.task, shm, MISSING, 8), EINVAL, 'no protection')
    refused(syscall(SYS_TASK_MAP, patient.task, shm, MISSING, PROT_EXEC), EPERM, 'executable')
    const read = copyHandle(shm, RIGHT_READ)
    refused(syscall(SYS_TASK_MAP, patient.task, read, MISSING, PROT_WRITE), EPERM, 'writable')
    refused(syscall(SYS_TASK_MAP, patient.task, shm, 0x400000, 1), EEXIST, 'over its text')
    close(read)
    close(weak)
    close(shm)
    reply(-1)
    patient.ends(139, REASON_FAULT)
  })
  test('HDL0016', 'a fault lends nothing', () => {
    const patient = new Patient(reader())
    const m = patient.fault()
    const at = memory.data(16, 8)
    refused(syscall(SYS_LEASE_READ, m.sender, 0, at, 16), EPERM, 'lease read')
    reply(-1)
    patient.ends(139, REASON_FAULT)
  })
  test('HDL0017', 'a task can fault often and go on each time', () => {
    const code = new Code()
    for (let i = 0; i < 8; i++) code.add(UDF)
    const patient = new Patient(code.exit(7))
    const block = memory.data(REGISTERS_BYTES, 8)
    for (let i = 0; i < 8; i++) {
      const m = patient.fault()
      sameBits(m.d2 as u64, ENTRY + (i << 2), 'place')
      same(syscall(SYS_TASK_REGISTERS, patient.task, block, 0), 0, 'read registers')
      store<u64>(block + REGISTERS_BLOCK_PC, ENTRY + (i << 2) + 4)
      same(syscall(SYS_TASK_REGISTERS, patient.task, block, 1), 0, 'write registers')
      reply(0)
    }
    patient.ends(7)
  })
  test('HDL0018', 'a reply without a repair repeats the fault', () => {
    const patient = new Patient(reader())
    for (let i = 0; i < 3; i++) {
      const m = patient.fault()
      sameBits(m.d1 as u64, MISSING, 'address')
      reply(0)
    }
    patient.fault()
    reply(1)
    patient.ends(139, REASON_FAULT)
  })
  test('HDL0019', 'registers of a task cannot be read once its fault is over', () => {
    const patient = new Patient(new Code().add(UDF).set(0, 1_000_000_000_000).call(SYS_NANOSLEEP))
    patient.fault()
    const block = memory.data(REGISTERS_BYTES, 8)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 0), 0, 'read registers')
    store<u64>(block + REGISTERS_BLOCK_PC, ENTRY + 4)
    same(syscall(SYS_TASK_REGISTERS, patient.task, block, 1), 0, 'write registers')
    reply(0)
    refused(syscall(SYS_TASK_REGISTERS, patient.task, block, 0), EAGAIN, 'read registers')
    kill(patient.task, 1)
    patient.ends(1, REASON_KILLED)
  })
}
