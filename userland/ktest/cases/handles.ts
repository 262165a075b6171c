/** The handle table: copies, rights that only shrink, giving, closing. */
import {
  ANY,
  EBADF,
  EINVAL,
  EMFILE,
  EPERM,
  EPIPE,
  ESRCH,
  KIND_ENDPOINT,
  KIND_NOTIFICATION,
  KIND_PIPE,
  KIND_SHM,
  KIND_TASK,
  LOWEST_DESCRIPTOR,
  MAX_DESCRIPTORS,
  MAX_HANDLES,
  PAGE_BYTES,
  RIGHT_ALL,
  RIGHT_EXEC,
  RIGHT_MANAGE,
  RIGHT_NOTIFY,
  RIGHT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  STATE_DEAD,
  STATE_SLEEPING,
  SYS_CLOSE,
  SYS_DEVICE_MAP,
  SYS_DEVICE_RESET_DONE,
  SYS_DMA_CREATE,
  SYS_DMA_PHYSICAL,
  SYS_DUP,
  SYS_DUP2,
  SYS_ENDPOINT_CREATE,
  SYS_ENDPOINT_MINT,
  SYS_HANDLE_COPY,
  SYS_HANDLE_GIVE,
  SYS_HANDLE_INFO,
  SYS_IRQ_ACK,
  SYS_IRQ_REGISTER,
  SYS_IRQ_WAIT,
  SYS_KILL,
  SYS_LOG_READ,
  SYS_NOTIFICATION_CREATE,
  SYS_NOTIFY,
  SYS_PIPE,
  SYS_READ,
  SYS_SHMCREATE,
  SYS_SHMDESTROY,
  SYS_SHMMAP,
  SYS_SHMREVOKE,
  SYS_SHMUNMAP,
  SYS_WRITE,
} from '../../libkenix/generated/abi'
import { close, copyHandle, dup, dup2, give, isOpen, kindOf, rightsOf } from '../../libkenix/handle'
import { createEndpoint } from '../../libkenix/ipc'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { granted, holds, refused, same } from '../check'
import { Child } from '../child'
import { test } from '../registry'

const NONE: i64[] = [200, MAX_HANDLES, -1, -3, 0x1_0000_0002, i64.MIN_VALUE]

export function addHandleCases(): void {
  test('HND0001', 'the kernel gives out the lowest free slot from 64', () => {
    const a = createEndpoint()
    const b = createEndpoint()
    const c = createEndpoint()
    same(b, a + 1, 'second')
    same(c, a + 2, 'third')
    close(b)
    same(createEndpoint(), b, 'the slot that was closed')
    close(a)
    close(b)
    close(c)
  })
  test('HND0002', 'DUP copies to the lowest free descriptor', () => {
    same(dup(2), 0, 'first copy')
    same(dup(2), 1, 'second copy')
    same(dup(2), 3, 'third copy')
    close(1)
    same(dup(2), 1, 'after a close')
    close(0)
    close(1)
    close(3)
  })
  test('HND0003', 'DUP2 copies to a slot and closes what was there', () => {
    const pipe = pipeEnds()
    same(dup2(2, pipe), pipe, 'dup2 over the reader')
    same(kindOf(pipe), KIND_PIPE, 'kind')
    refused(
      syscall(SYS_WRITE, lastWriter, 0x20000, 1),
      EPIPE,
      'write to a pipe whose reader is gone',
    )
    close(pipe)
    close(lastWriter)
  })
  test('HND0004', 'DUP2 to the same slot does nothing', () => {
    same(dup2(2, 2), 2, 'dup2')
    same(kindOf(2), KIND_PIPE, 'kind')
  })
  test('HND0005', 'DUP and DUP2 of nothing, or to no slot, give EBADF', () => {
    for (let i = 0; i < NONE.length; i++) {
      refused(syscall(SYS_DUP, NONE[i]), EBADF, 'dup')
      refused(syscall(SYS_DUP2, NONE[i], 9), EBADF, 'dup2')
    }
    refused(syscall(SYS_DUP2, 2, MAX_HANDLES), EBADF, 'to slot 256')
    refused(syscall(SYS_DUP2, 2, -1), EBADF, 'to slot -1')
    refused(syscall(SYS_DUP2, 2, 0x1_0000_0005), EBADF, 'to slot 5 in the low half')
    holds(!isOpen(9), 'something was copied')
  })
  test('HND0006', 'DUP with all descriptors in use gives EMFILE', () => {
    let made = 0
    while (dup(2) >= 0) made++
    same(made, MAX_DESCRIPTORS - 1, 'copies')
    refused(dup(2), EMFILE, 'one more')
    for (let fd = 0; fd < MAX_DESCRIPTORS; fd++) if (fd !== 2) close(fd)
  })
  test('HND0007', 'a full table gives EMFILE, and works again after a close', () => {
    let made = 0
    while (copyHandle(2) >= 0) made++
    holds(made >= 180, 'there are fewer slots than promised')
    refused(syscall(SYS_ENDPOINT_CREATE), EMFILE, 'an endpoint')
    refused(syscall(SYS_SHMCREATE, PAGE_BYTES), EMFILE, 'shared memory')
    refused(syscall(SYS_NOTIFICATION_CREATE, 1), EMFILE, 'a notification')
    same(close(100), 0, 'close')
    same(createEndpoint(), 100, 'the slot that is free')
    for (let slot = 64; slot < MAX_HANDLES; slot++) close(slot)
  })
  test('HND0008', 'a copy has the rights asked for, of those there are', () => {
    const endpoint = createEndpoint()
    const less = copyHandle(endpoint, RIGHT_SEND | RIGHT_READ)
    same(rightsOf(less), RIGHT_SEND | RIGHT_READ, 'rights')
    const more = copyHandle(less, RIGHT_ALL)
    same(rightsOf(more), RIGHT_SEND | RIGHT_READ, 'rights of a copy that asked for all')
    const none = copyHandle(less, RIGHT_WRITE)
    same(rightsOf(none), 0, 'rights of a copy that asked for others')
    same(rightsOf(copyHandle(endpoint, -1, 70)), RIGHT_ALL, 'bits that are no rights')
    close(70)
    close(none)
    close(more)
    close(less)
    close(endpoint)
  })
  test('HND0009', 'copying a handle onto itself takes rights away', () => {
    const endpoint = createEndpoint()
    same(copyHandle(endpoint, RIGHT_SEND, endpoint), endpoint, 'copy')
    same(rightsOf(endpoint), RIGHT_SEND, 'rights')
    same(copyHandle(endpoint, RIGHT_ALL, endpoint), endpoint, 'copy')
    same(rightsOf(endpoint), RIGHT_SEND, 'rights')
    close(endpoint)
  })
  test('HND0010', 'HANDLE_COPY refuses what is no handle and no slot', () => {
    for (let i = 0; i < NONE.length; i++) {
      refused(syscall(SYS_HANDLE_COPY, NONE[i], RIGHT_ALL, ANY), EBADF, 'copy')
    }
    refused(syscall(SYS_HANDLE_COPY, 2, RIGHT_ALL, MAX_HANDLES), EINVAL, 'to slot 256')
    refused(syscall(SYS_HANDLE_COPY, 2, RIGHT_ALL, -3), EINVAL, 'to slot -3')
    same(syscall(SYS_HANDLE_COPY, 2, RIGHT_ALL, LOWEST_DESCRIPTOR), 0, 'to a descriptor')
    close(0)
  })
  test('HND0011', 'CLOSE of nothing gives EBADF, and so does a second CLOSE', () => {
    for (let i = 0; i < NONE.length; i++) refused(syscall(SYS_CLOSE, NONE[i]), EBADF, 'close')
    const endpoint = createEndpoint()
    same(close(endpoint), 0, 'close')
    refused(close(endpoint), EBADF, 'close again')
  })
  test('HND0012', 'HANDLE_INFO tells kind, rights, value and object', () => {
    const shm = granted(syscall(SYS_SHMCREATE, 5000), 'create') as i32
    same(syscallMany(SYS_HANDLE_INFO, shm), KIND_SHM, 'kind')
    same(result(1), RIGHT_ALL & ~RIGHT_EXEC, 'rights')
    same(result(2), 5000, 'bytes')
    const id = result(3)
    const copy = copyHandle(shm)
    syscallMany(SYS_HANDLE_INFO, copy)
    same(result(3), id, 'object of a copy')
    const other = granted(syscall(SYS_SHMCREATE, 5000), 'create') as i32
    syscallMany(SYS_HANDLE_INFO, other)
    holds(result(3) !== id, 'two objects have one number')
    const bell = granted(syscall(SYS_NOTIFICATION_CREATE, 0x30), 'notification') as i32
    same(syscallMany(SYS_HANDLE_INFO, bell), KIND_NOTIFICATION, 'kind')
    same(result(1), RIGHT_NOTIFY | RIGHT_TRANSFER, 'rights')
    same(result(2), 0x30, 'mask')
    close(shm)
    close(copy)
    close(other)
    close(bell)
  })
  test('HND0013', 'a handle given to another task is there with the rights given', () => {
    const child = new Child('sleep-then-rights', 100).start().until(STATE_SLEEPING)
    const endpoint = createEndpoint()
    same(give(child.task, endpoint, RIGHT_SEND, 100), 100, 'give')
    child.ends(RIGHT_SEND)
    close(endpoint)
  })
  test('HND0014', 'giving needs MANAGE of the task and TRANSFER of the handle', () => {
    const child = new Child('sleep', i64.MAX_VALUE).start()
    const weak = copyHandle(child.task, RIGHT_ALL & ~RIGHT_MANAGE)
    refused(give(weak, 2), EPERM, 'without MANAGE')
    const bound = copyHandle(2, RIGHT_ALL & ~RIGHT_TRANSFER)
    refused(give(child.task, bound), EPERM, 'without TRANSFER')
    refused(give(child.task, 200), EBADF, 'an empty slot')
    refused(give(2, 2), EBADF, 'to a pipe')
    refused(syscall(SYS_HANDLE_GIVE, child.task, 2, RIGHT_ALL, MAX_HANDLES), EINVAL, 'slot 256')
    refused(syscall(SYS_HANDLE_GIVE, child.task, 2, RIGHT_ALL, -5), EINVAL, 'slot -5')
    close(weak)
    close(bound)
    child.stop()
  })
  test('HND0015', 'giving to a task that has ended gives ESRCH', () => {
    const child = new Child('exit').start().until(STATE_DEAD)
    refused(give(child.task, 2), ESRCH, 'give')
    child.ends(0)
  })
  test('HND0016', 'giving to a task whose table is full gives EMFILE', () => {
    const child = new Child('sleep', i64.MAX_VALUE).start()
    while (give(child.task, 2) >= 0) {}
    refused(give(child.task, 2), EMFILE, 'give')
    refused(give(child.task, 2, RIGHT_ALL, -1), EMFILE, 'give')
    same(give(child.task, 2, RIGHT_ALL, 40), 40, 'give to a slot')
    child.stop()
  })
  test('HND0017', 'a task handle tells the state of the task', () => {
    const child = new Child('sleep', i64.MAX_VALUE).start().until(STATE_SLEEPING)
    same(syscallMany(SYS_HANDLE_INFO, child.task), KIND_TASK, 'kind')
    same(result(2), child.pid, 'process id')
    same(result(4), STATE_SLEEPING, 'state')
    child.stop()
  })
  test('HND0018', 'calls that want one kind of handle refuse all others with EBADF', () => {
    const endpoint = createEndpoint()
    const wanted: i32[] = [
      SYS_SHMMAP,
      SYS_SHMUNMAP,
      SYS_SHMREVOKE,
      SYS_SHMDESTROY,
      SYS_KILL,
      SYS_IRQ_REGISTER,
      SYS_IRQ_WAIT,
      SYS_IRQ_ACK,
      SYS_DEVICE_MAP,
      SYS_DEVICE_RESET_DONE,
      SYS_DMA_CREATE,
      SYS_DMA_PHYSICAL,
      SYS_LOG_READ,
    ]
    for (let i = 0; i < wanted.length; i++) {
      refused(syscall(wanted[i], endpoint, 0x40000000, 4096), EBADF, `call ${wanted[i].toString()}`)
    }
    same(kindOf(endpoint), KIND_ENDPOINT, 'the endpoint')
    const shm = granted(syscall(SYS_SHMCREATE, PAGE_BYTES), 'create') as i32
    refused(syscall(SYS_ENDPOINT_MINT, shm, 1, 4), EBADF, 'mint')
    refused(syscall(SYS_READ, shm, 0x20000, 4), EBADF, 'read')
    refused(syscall(SYS_WRITE, shm, 0x20000, 4), EBADF, 'write')
    refused(syscall(SYS_NOTIFY, shm, 1), EBADF, 'notify')
    close(shm)
    close(endpoint)
  })
}

let lastWriter: i32 = 0

/** Makes a pipe; its reader, the writer in `lastWriter`. */
function pipeEnds(): i32 {
  const reader = granted(syscallMany(SYS_PIPE), 'pipe') as i32
  lastWriter = result(1) as i32
  return reader
}
