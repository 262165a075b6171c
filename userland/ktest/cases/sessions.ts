/** Badges and sessions, handles that travel with messages, and lent memory. */
import {
  ANY,
  ATTACH_MOVE,
  EAGAIN,
  EBADF,
  EFAULT,
  EINVAL,
  EIO,
  EMFILE,
  ENOENT,
  EOWNERDEAD,
  EPERM,
  EPIPE,
  ESRCH,
  KIND_PIPE,
  KIND_SHM,
  LOWEST_DESCRIPTOR,
  MAX_HANDLES,
  PAGE_BYTES,
  RIGHT_ALL,
  RIGHT_MANAGE,
  RIGHT_READ,
  RIGHT_RECV,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  SLOT_SELF,
  STATE_CALLING,
  STATE_REPLY,
  STATE_SENDING,
  STREAM_CLOSED,
  SYS_ENDPOINT_MINT,
  SYS_HANDLE_ATTACH,
  SYS_HANDLE_INFO,
  SYS_HANDLE_TAKE,
  SYS_LEASE,
  SYS_LEASE_INFO,
  SYS_LEASE_READ,
  SYS_LEASE_WRITE,
  SYS_SHMCREATE,
} from '../../libkenix/generated/abi'
import { close, copyHandle, isOpen, rightsOf } from '../../libkenix/handle'
import { load64, store64 } from '../../libkenix/imports/mem64'
import {
  attach,
  call,
  createEndpoint,
  lend,
  Message,
  mint,
  poll,
  readLease,
  receive,
  reply,
  replyWord,
  send,
  take,
  writeLease,
} from '../../libkenix/ipc'
import { pid } from '../../libkenix/process'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { edge, NOWHERE, readOnlyPage } from '../addresses'
import { granted, holds, refused, same } from '../check'
import { Child, Served } from '../child'
import { test } from '../registry'
import {
  ADD,
  BADGE,
  GATHER,
  GATHER_AT,
  GATHER_HELD,
  HOLD,
  LEAVE,
  LENT,
  RELEASE,
  SCATTER,
  TAKE,
} from '../roles'
import { PORT } from '../slots'

function addSessions(): void {
  test('SES0001', 'messages through a session carry its badge', () => {
    const endpoint = createEndpoint()
    const session = mint(endpoint, 1234, RIGHT_SEND | RIGHT_TRANSFER)
    const client = new Child('call', 1).give(PORT, session).start().until(STATE_CALLING)
    const message = new Message()
    granted(receive(message, 0, endpoint), 'receive')
    same(message.badge, 1234, 'badge')
    reply(0)
    client.ends(0)
    close(session)
    granted(receive(message, 0, endpoint), 'receive')
    same(message.tag, STREAM_CLOSED, 'tag when it was closed')
    same(message.badge, 1234, 'badge when it was closed')
    holds(!message.wantsReply, 'somebody waits for a reply')
    close(endpoint)
  })
  test('SES0002', 'the largest badge is told whole', () => {
    const endpoint = createEndpoint()
    const session = mint(endpoint, i32.MAX_VALUE, RIGHT_SEND | RIGHT_TRANSFER)
    const sender = new Child('send', 1).give(PORT, session).start().until(STATE_SENDING)
    const message = new Message()
    granted(receive(message, 0, endpoint), 'receive')
    same(message.sender, (i32.MAX_VALUE as i64) << 32, 'sender')
    sender.ends(0)
    close(session)
    close(endpoint)
  })
  test('SES0003', 'minting refuses badges and rights out of range', () => {
    const e = createEndpoint()
    refused(syscall(SYS_ENDPOINT_MINT, e, 0, RIGHT_SEND), EINVAL, 'badge 0')
    refused(syscall(SYS_ENDPOINT_MINT, e, 0x8000_0000, RIGHT_SEND), EINVAL, 'badge 2^31')
    refused(syscall(SYS_ENDPOINT_MINT, e, -1, RIGHT_SEND), EINVAL, 'badge -1')
    refused(syscall(SYS_ENDPOINT_MINT, e, 1, RIGHT_RECV), EINVAL, 'RECV')
    refused(syscall(SYS_ENDPOINT_MINT, e, 1, RIGHT_MANAGE), EINVAL, 'MANAGE')
    refused(syscall(SYS_ENDPOINT_MINT, e, 1, 0), EINVAL, 'no right')
    refused(syscall(SYS_ENDPOINT_MINT, 2, 1, RIGHT_SEND), EBADF, 'a pipe')
    const weak = copyHandle(e, RIGHT_ALL & ~RIGHT_MANAGE)
    refused(syscall(SYS_ENDPOINT_MINT, weak, 1, RIGHT_SEND), EPERM, 'without MANAGE')
    close(weak)
    close(e)
  })
  test('SES0004', 'a session is closed with its last copy, wherever that is', () => {
    const endpoint = createEndpoint()
    const session = mint(endpoint, 5, RIGHT_SEND | RIGHT_TRANSFER)
    const copy = copyHandle(session)
    const holder = new Child('sleep', i64.MAX_VALUE).give(PORT, session).start()
    const message = new Message()
    close(session)
    refused(poll(message, 0, endpoint), EAGAIN, 'after the first')
    close(copy)
    refused(poll(message, 0, endpoint), EAGAIN, 'after the second')
    holder.stop()
    granted(poll(message, 0, endpoint), 'after the last')
    same(message.badge, 5, 'badge')
    close(endpoint)
  })
  test('SES0005', 'closed sessions are told in order, and none is lost', () => {
    const endpoint = createEndpoint()
    for (let i = 1; i <= 40; i++) close(mint(endpoint, i, RIGHT_SEND))
    const message = new Message()
    for (let i = 1; i <= 40; i++) {
      granted(poll(message, 0, endpoint), 'receive')
      same(message.badge, i, 'badge')
    }
    refused(poll(message, 0, endpoint), EAGAIN, 'receive')
    close(endpoint)
  })
  test('SES0006', 'a session cannot be received on, minted from, or gain rights', () => {
    const endpoint = createEndpoint()
    const session = mint(endpoint, 7, RIGHT_SEND | RIGHT_TRANSFER)
    refused(receive(new Message(), 0, session), EPERM, 'receive')
    refused(syscall(SYS_ENDPOINT_MINT, session, 8, RIGHT_SEND), EPERM, 'mint')
    const copy = copyHandle(session, RIGHT_ALL)
    same(rightsOf(copy), RIGHT_SEND | RIGHT_TRANSFER, 'rights of a copy')
    close(copy)
    close(session)
    close(endpoint)
  })
  test('SES0007', 'sessions of an endpoint that ended are closed without a message', () => {
    const endpoint = createEndpoint()
    const session = mint(endpoint, 7, RIGHT_SEND)
    close(endpoint)
    refused(send(session, 1), EPIPE, 'send')
    same(close(session), 0, 'close')
  })
  test('SES0008', 'two sessions of one endpoint are told apart', () => {
    const served = new Served()
    same(call(served.port, BADGE), 0, 'badge of the endpoint itself')
    served.stop()
    const endpoint = createEndpoint()
    const one = mint(endpoint, 1, RIGHT_SEND | RIGHT_TRANSFER)
    const two = mint(endpoint, 2, RIGHT_SEND | RIGHT_TRANSFER)
    const server = new Child('server').give(SLOT_SELF, endpoint).start()
    same(call(one, BADGE), 1, 'first')
    same(call(two, BADGE), 2, 'second')
    server.stop()
    close(one)
    close(two)
    close(endpoint)
  })
}

function addAttachments(): void {
  test('ATT0001', 'a handle attached to a call reaches the server with the rights given', () => {
    const served = new Served()
    const shm = granted(syscall(SYS_SHMCREATE, PAGE_BYTES), 'create') as i32
    same(attach(shm, RIGHT_READ), 0, 'attach')
    holds(call(served.port, TAKE) >= 64, 'slot in the server')
    same(replyWord(0), KIND_SHM, 'kind')
    same(replyWord(1), RIGHT_READ, 'rights')
    syscallMany(SYS_HANDLE_INFO, shm)
    const id = result(3)
    attach(shm, RIGHT_READ)
    call(served.port, TAKE)
    same(replyWord(2), id, 'object')
    close(shm)
    served.stop()
  })
  test('ATT0002', 'a handle attached to a reply reaches the caller', () => {
    const endpoint = createEndpoint()
    const client = new Child('take').give(PORT, endpoint).start().until(STATE_CALLING)
    granted(receive(new Message(), 0, endpoint), 'receive')
    same(attach(2, RIGHT_WRITE), 0, 'attach')
    same(reply(1), 0, 'reply')
    client.ends(KIND_PIPE)
    close(endpoint)
  })
  test('ATT0003', 'a moved handle leaves the sender when the message is delivered', () => {
    const served = new Served()
    const shm = granted(syscall(SYS_SHMCREATE, PAGE_BYTES), 'create') as i32
    same(syscall(SYS_HANDLE_ATTACH, shm, RIGHT_ALL, ATTACH_MOVE), 0, 'attach')
    holds(isOpen(shm), 'it is there until then')
    granted(call(served.port, TAKE), 'call')
    holds(!isOpen(shm), 'it is still there')
    served.stop()
  })
  test('ATT0004', 'attaching needs TRANSFER, a handle, and known flags', () => {
    const bound = copyHandle(2, RIGHT_ALL & ~RIGHT_TRANSFER)
    refused(attach(bound), EPERM, 'without TRANSFER')
    refused(attach(200), EBADF, 'an empty slot')
    refused(attach(256), EBADF, 'no slot')
    refused(attach(2, RIGHT_ALL, 2), EINVAL, 'flag 2')
    same(attach(-1), 0, 'none')
    close(bound)
  })
  test('ATT0005', 'an attachment is used up by the next call, even if that fails', () => {
    const served = new Served()
    attach(2)
    refused(call(200, ADD), EBADF, 'call')
    refused(call(served.port, TAKE), ENOENT, 'take')
    served.stop()
  })
  test('ATT0006', 'an attachment taken back does not travel', () => {
    const served = new Served()
    attach(2)
    attach(-1)
    refused(call(served.port, TAKE), ENOENT, 'take')
    served.stop()
  })
  test('ATT0007', 'a handle that is not taken is closed by the next receive', () => {
    const endpoint = createEndpoint()
    const session = mint(endpoint, 9, RIGHT_SEND | RIGHT_TRANSFER)
    const served = new Served()
    attach(session)
    same(call(served.port, ADD, 1), 1, 'a call whose handle is not taken')
    close(session)
    same(call(served.port, ADD, 1), 1, 'another call')
    const message = new Message()
    granted(poll(message, 0, endpoint), 'the last copy is closed')
    same(message.badge, 9, 'badge')
    served.stop()
    close(endpoint)
  })
  test('ATT0008', 'a handle comes once', () => {
    const endpoint = createEndpoint()
    const client = new Child('attach-and-call').give(PORT, endpoint).start().until(STATE_CALLING)
    granted(receive(new Message(), 0, endpoint), 'receive')
    const slot = granted(take(), 'take') as i32
    refused(take(), ENOENT, 'take again')
    reply(0)
    client.ends(0)
    close(slot)
    close(endpoint)
  })
  test('ATT0009', 'TAKE puts a handle where it is told, and says when it cannot', () => {
    const endpoint = createEndpoint()
    const client = new Child('attach-and-call').give(PORT, endpoint).start().until(STATE_CALLING)
    granted(receive(new Message(), 0, endpoint), 'receive')
    refused(syscall(SYS_HANDLE_TAKE, MAX_HANDLES), EINVAL, 'slot 256')
    refused(syscall(SYS_HANDLE_TAKE, -3), EINVAL, 'slot -3')
    for (let slot = 64; slot < MAX_HANDLES; slot++) if (!isOpen(slot)) copyHandle(2, 1, slot)
    refused(syscall(SYS_HANDLE_TAKE, ANY), EMFILE, 'a full table')
    for (let slot = 64; slot < MAX_HANDLES; slot++) {
      if (slot !== endpoint && slot !== client.task) close(slot)
    }
    const fd = granted(syscall(SYS_HANDLE_TAKE, LOWEST_DESCRIPTOR), 'take') as i32
    same(fd, 0, 'the lowest free descriptor')
    reply(0)
    client.ends(0)
    close(fd)
    close(endpoint)
  })
  test('ATT0010', 'an attachment of a client that dies waiting is given back', () => {
    const endpoint = createEndpoint()
    const client = new Child('attach-and-call').give(PORT, endpoint).start().until(STATE_CALLING)
    client.stop()
    refused(poll(new Message(), 0, endpoint), EAGAIN, 'receive')
    close(endpoint)
  })
}

function addLeases(): void {
  test('LEA0001', 'a server reads what its caller lent', () => {
    const served = new Served()
    const data = new StaticArray<u8>(300)
    for (let i = 0; i < 300; i++) data[i] = 1
    same(lend(changetype<usize>(data), 300, RIGHT_READ), 0, 'lend')
    same(call(served.port, GATHER, 0, 300), 300, 'bytes')
    same(replyWord(0), 300, 'sum')
    served.stop()
  })
  test('LEA0002', 'a server writes what its caller lent, and not a byte beside it', () => {
    const served = new Served()
    const data = new StaticArray<u8>(64)
    lend(changetype<usize>(data) + 8, 16, RIGHT_WRITE)
    same(call(served.port, SCATTER, 4, 8, 0xab), 8, 'bytes')
    for (let i = 0; i < 64; i++) {
      same(data[i], i >= 12 && i < 20 ? 0xab : 0, `byte ${i.toString()}`)
    }
    served.stop()
  })
  test('LEA0003', 'a copy ends at the end of what was lent', () => {
    const served = new Served()
    const data = new StaticArray<u8>(64)
    for (let i = 0; i < 64; i++) data[i] = 2
    const at = changetype<usize>(data)
    lend(at, 20, RIGHT_READ)
    same(call(served.port, GATHER, 15, 100), 5, 'bytes to the end')
    same(replyWord(0), 10, 'sum')
    lend(at, 20, RIGHT_READ)
    same(call(served.port, GATHER, 20, 100), 0, 'bytes at the end')
    lend(at, 20, RIGHT_READ)
    same(call(served.port, GATHER, i64.MIN_VALUE, 100), 0, 'bytes at offset 2^63')
    lend(at, 20, RIGHT_WRITE)
    same(call(served.port, SCATTER, 18, 100, 7), 2, 'bytes written')
    same(data[20], 2, 'the byte behind')
    served.stop()
  })
  test('LEA0004', 'a lease is only for the access that was given', () => {
    const served = new Served()
    const data = new StaticArray<u8>(64)
    lend(changetype<usize>(data), 64, RIGHT_READ)
    refused(call(served.port, SCATTER, 0, 8, 1), EPERM, 'write')
    lend(changetype<usize>(data), 64, RIGHT_WRITE)
    refused(call(served.port, GATHER, 0, 8), EPERM, 'read')
    same(data[0], 0, 'the memory')
    served.stop()
  })
  test('LEA0005', 'without a lease nothing can be copied', () => {
    const served = new Served()
    refused(call(served.port, GATHER, 0, 8), EPERM, 'read')
    refused(call(served.port, SCATTER, 0, 8, 1), EPERM, 'write')
    same(call(served.port, LENT), 0, 'bytes lent')
    served.stop()
  })
  test('LEA0006', 'a lease is used up by the next call, even if that fails', () => {
    const served = new Served()
    const data = new StaticArray<u8>(64)
    lend(changetype<usize>(data), 64, 3)
    refused(call(200, ADD), EBADF, 'a call that fails')
    refused(call(served.port, GATHER, 0, 8), EPERM, 'after it')
    lend(changetype<usize>(data), 64, 3)
    same(call(served.port, ADD, 1), 1, 'a call that does not use it')
    refused(call(served.port, GATHER, 0, 8), EPERM, 'after it')
    served.stop()
  })
  test('LEA0007', 'a lease ends with the reply', () => {
    const endpoint = createEndpoint()
    const client = new Child('lend-and-call', 1).give(PORT, endpoint).start().until(STATE_CALLING)
    const message = new Message()
    const token = granted(receive(message, 0, endpoint), 'receive')
    const at = memory.data(256, 8)
    same(readLease(token, 0, at, 256), 256, 'before the reply')
    reply(0)
    refused(readLease(token, 0, at, 256), ESRCH, 'after the reply')
    client.ends(0)
    close(endpoint)
  })
  test('LEA0008', 'a lease lasts while the reply is deferred', () => {
    const served = new Served()
    const client = new Child('lend-and-call', HOLD).give(PORT, served.port).start()
    client.until(STATE_REPLY)
    same(call(served.port, GATHER_HELD, 0, 256), 256, 'bytes')
    same(replyWord(0), 256, 'sum')
    same(call(served.port, RELEASE, 0), 0, 'release')
    client.ends(0)
    refused(call(served.port, GATHER_HELD, 0, 256), ESRCH, 'after the reply')
    served.stop()
  })
  test('LEA0009', 'a lease ends with the caller', () => {
    const served = new Served()
    const client = new Child('lend-and-call', HOLD).give(PORT, served.port).start()
    client.until(STATE_REPLY).stop()
    refused(call(served.port, GATHER_HELD, 0, 256), ESRCH, 'bytes of a dead caller')
    served.stop()
  })
  test('LEA0010', 'only the server that has the call may use the lease', () => {
    const served = new Served()
    const client = new Child('lend-and-call', HOLD).give(PORT, served.port).start()
    client.until(STATE_REPLY)
    const at = memory.data(256, 8)
    for (let token: i64 = 0; token < 300; token++) {
      refused(readLease(token, 0, at, 8), ESRCH, 'a guessed token')
      refused(readLease(token << 8, 0, at, 8), ESRCH, 'a guessed token')
      refused(readLease(token << 16, 0, at, 8), ESRCH, 'a guessed token')
    }
    call(served.port, RELEASE, 0)
    client.ends(0)
    served.stop()
  })
  test('LEA0011', 'lent memory that is not there gives the server EIO', () => {
    const endpoint = createEndpoint()
    const server = new Child('server').give(SLOT_SELF, endpoint).start()
    granted(syscall(SYS_LEASE, NOWHERE, 64, 3), 'lend what is not mapped')
    refused(call(endpoint, GATHER, 0, 64), EIO, 'read')
    granted(syscall(SYS_LEASE, 0, 64, 3), 'lend null')
    refused(call(endpoint, SCATTER, 0, 64, 1), EIO, 'write')
    same(call(endpoint, ADD, 1), 1, 'the server lives')
    server.stop()
    close(endpoint)
  })
  test('LEA0012', 'a server cannot write what its caller can only read', () => {
    const served = new Served()
    const page = readOnlyPage()
    granted(syscall(SYS_LEASE, page, 64, 3), 'lend a read-only page')
    refused(call(served.port, SCATTER, 0, 64, 1), EIO, 'write')
    same(load64(page as u64), 0, 'the page')
    granted(syscall(SYS_LEASE, 0x2_0000_0000, 64, 3), 'lend code')
    refused(call(served.port, SCATTER, 0, 64, 1), EIO, 'write')
    served.stop()
  })
  test('LEA0013', 'a lease over the end of a mapping can be used up to there', () => {
    const served = new Served()
    const at = edge(16)
    store64(at as u64, 0x0101010101010101)
    granted(syscall(SYS_LEASE, at, 64, 1), 'lend')
    same(call(served.port, GATHER, 0, 16), 16, 'bytes within')
    same(replyWord(0), 8, 'sum')
    granted(syscall(SYS_LEASE, at, 64, 1), 'lend')
    refused(call(served.port, GATHER, 0, 64), EIO, 'bytes beyond')
    served.stop()
  })
  test('LEA0014', 'a buffer of the server that is bad gives EFAULT', () => {
    const served = new Served()
    const data = new StaticArray<u8>(64)
    lend(changetype<usize>(data), 64, 1)
    refused(call(served.port, GATHER_AT, 0, 64, 0), EFAULT, 'null')
    lend(changetype<usize>(data), 64, 1)
    refused(call(served.port, GATHER_AT, 0, 64, NOWHERE), EFAULT, 'nowhere')
    lend(changetype<usize>(data), 64, 1)
    refused(call(served.port, GATHER_AT, 0, 64, 0xffff_9000_0000_0000), EFAULT, 'the kernel')
    lend(changetype<usize>(data), 64, 1)
    refused(call(served.port, GATHER_AT, 0, 64, 0x2_0000_0000), EFAULT, 'code')
    served.stop()
  })
  test('LEA0015', 'LEASE_INFO tells what is lent and by whom', () => {
    const served = new Served()
    const data = new StaticArray<u8>(64)
    lend(changetype<usize>(data), 33, RIGHT_WRITE)
    same(call(served.port, LENT), 33, 'bytes')
    same(replyWord(0), RIGHT_WRITE, 'access')
    same(replyWord(1), pid(), 'process id')
    served.stop()
    refused(syscall(SYS_LEASE_INFO, 0), ESRCH, 'of nobody')
    refused(syscall(SYS_LEASE_INFO, -1), ESRCH, 'of token -1')
    refused(syscall(SYS_LEASE_READ, 1, 0, 0, 0), ESRCH, 'read of nobody')
    refused(syscall(SYS_LEASE_WRITE, 1, 0, 0, 0), ESRCH, 'write of nobody')
  })
  test('LEA0016', 'leases of unknown access are refused', () => {
    refused(syscall(SYS_LEASE, 0x20000, 8, 0), EINVAL, 'access 0')
    refused(syscall(SYS_LEASE, 0x20000, 8, 4), EINVAL, 'access 4')
    refused(syscall(SYS_LEASE, 0x20000, 8, -1), EINVAL, 'access -1')
  })
  test('LEA0017', 'large leases are copied whole, over many pages', () => {
    const served = new Served()
    const data = new StaticArray<u8>(16384)
    memory.fill(changetype<usize>(data), 1, 16384)
    lend(changetype<usize>(data), 16384, 3)
    same(call(served.port, GATHER, 0, 16384), 16384, 'bytes')
    same(replyWord(0), 16384, 'sum')
    lend(changetype<usize>(data), 16384, 3)
    same(call(served.port, SCATTER, 1, 16382, 9), 16382, 'bytes')
    same(data[0], 1, 'first byte')
    same(data[1], 9, 'second byte')
    same(data[16382], 9, 'last byte but one')
    same(data[16383], 1, 'last byte')
    served.stop()
  })
  test('LEA0018', 'a server that dies with a lease leaves the caller as it was', () => {
    const served = new Served()
    const data = new StaticArray<u8>(64)
    lend(changetype<usize>(data), 64, 3)
    refused(call(served.port, LEAVE, 1), EOWNERDEAD, 'call')
    served.server.ends(1)
    close(served.port)
  })
  test('LEA0019', 'what is lent may be unmapped meanwhile: the copy fails, nothing else', () => {
    const endpoint = createEndpoint()
    const client = new Child('lend-unmapped').give(PORT, endpoint).start().until(STATE_CALLING)
    const message = new Message()
    const token = granted(receive(message, 0, endpoint), 'receive')
    refused(readLease(token, 0, memory.data(16, 8), 16), EIO, 'read')
    refused(writeLease(token, 0, memory.data(16, 8), 16), EIO, 'write')
    reply(0)
    client.ends(0)
    close(endpoint)
  })
}

export function addSessionCases(): void {
  addSessions()
  addAttachments()
  addLeases()
}
