/** Messages: send, call, receive, reply, and what happens when one side is gone. */
import {
  EAGAIN,
  EBADF,
  EOWNERDEAD,
  EPERM,
  EPIPE,
  ESRCH,
  REASON_FAULT,
  REASON_KILLED,
  RIGHT_ALL,
  RIGHT_RECV,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  SLOT_SELF,
  STATE_CALLING,
  STATE_RECEIVING,
  STATE_REPLY,
  STATE_SENDING,
  SYS_CALL,
  SYS_NBRECV,
  SYS_NBSEND,
  SYS_RECV,
  SYS_REPLY,
  SYS_REPLY_TO,
  SYS_SEND,
  SYS_TASK_PRIORITY,
} from '../../libkenix/generated/abi'
import { close, copyHandle, dup2 } from '../../libkenix/handle'
import {
  call,
  createEndpoint,
  Message,
  poll,
  receive,
  reply,
  replyTo,
  replyWord,
  send,
  trySend,
} from '../../libkenix/ipc'
import { kill } from '../../libkenix/process'
import { syscall } from '../../libkenix/syscall'
import { yieldNow } from '../../libkenix/time'
import { granted, refused, same, sameBits } from '../check'
import { Child, Served } from '../child'
import { test } from '../registry'
import { ADD, CRASH, HOLD, LAST, LEAVE, RELEASE, TWICE } from '../roles'
import { PORT } from '../slots'

export function addIpcCases(): void {
  test('IPC0001', 'a call is answered with tag and four words', () => {
    const served = new Served()
    same(call(served.port, ADD, 10, 20, 30, 40), 100, 'tag of the reply')
    same(replyWord(0), 11, 'd0')
    same(replyWord(1), 21, 'd1')
    same(replyWord(2), 31, 'd2')
    same(replyWord(3), 41, 'd3')
    served.stop()
  })
  test('IPC0002', 'words of messages and replies have all 64 bits', () => {
    const served = new Served()
    const big: i64 = 0x7edc_ba98_7654_3210
    same(call(served.port, ADD, big, -1, i64.MIN_VALUE, i64.MAX_VALUE), big - 2, 'sum')
    sameBits(replyWord(0) as u64, big + 1, 'd0')
    sameBits(replyWord(1) as u64, 0, 'd1')
    sameBits(replyWord(2) as u64, 0x8000_0000_0000_0001, 'd2')
    sameBits(replyWord(3) as u64, 0x8000_0000_0000_0000, 'd3')
    served.stop()
  })
  test('IPC0003', 'a call to a server that is not receiving yet waits for it', () => {
    const endpoint = createEndpoint()
    const client = new Child('add').give(PORT, endpoint).start().until(STATE_CALLING)
    const message = new Message()
    holdsToken(receive(message, 0, endpoint))
    same(message.tag, ADD, 'tag')
    same(message.d3, 4, 'd3')
    client.until(STATE_REPLY)
    same(reply(10, 2, 3, 4, 5), 0, 'reply')
    client.ends(0)
    close(endpoint)
  })
  test('IPC0004', 'a call to a busy server gets its own reply, not that of another', () => {
    const served = new Served()
    const first = new Child('call', HOLD).give(PORT, served.port).start().until(STATE_REPLY)
    for (let i = 0; i < 5; i++) same(call(served.port, ADD, i, 1, 1, 1), i + 3, 'tag')
    same(call(served.port, RELEASE, 0), 0, 'release')
    first.ends(0)
    served.stop()
  })
  test('IPC0005', 'many clients wait in order and each gets its own reply', () => {
    const endpoint = createEndpoint()
    const clients: Child[] = []
    for (let i = 0; i < 5; i++) {
      clients.push(new Child('call', 10 + i).give(PORT, endpoint).start().until(STATE_CALLING))
    }
    const message = new Message()
    for (let i = 0; i < 5; i++) {
      granted(receive(message, 0, endpoint), 'receive')
      same(message.tag, 10 + i, 'order')
      reply(-(100 + i))
    }
    for (let i = 0; i < 5; i++) clients[i].ends(100 + i)
    close(endpoint)
  })
  test('IPC0006', 'clients of higher priority are received first', () => {
    const endpoint = createEndpoint()
    const slow = new Child('call', 1).give(PORT, endpoint)
    slow.program.priority = 1
    slow.start().until(STATE_CALLING)
    const fast = new Child('call', 2).give(PORT, endpoint).start().until(STATE_CALLING)
    const message = new Message()
    granted(receive(message, 0, endpoint), 'receive')
    same(message.tag, 2, 'first')
    reply(0)
    granted(receive(message, 0, endpoint), 'receive')
    same(message.tag, 1, 'second')
    reply(0)
    slow.ends(0)
    fast.ends(0)
    close(endpoint)
  })
  test('IPC0007', 'SEND returns when the message was received', () => {
    const endpoint = createEndpoint()
    const sender = new Child('send', 31).give(PORT, endpoint).start().until(STATE_SENDING)
    const message = new Message()
    const token = receive(message, 0, endpoint)
    same(token, 0, 'token: nobody waits')
    same(message.tag, 31, 'tag')
    same(message.d0, 5, 'd0')
    same(message.d3, 8, 'd3')
    refused(reply(1), ESRCH, 'reply to a SEND')
    sender.ends(0)
    close(endpoint)
  })
  test('IPC0008', 'SEND to a receiver that waits returns at once', () => {
    const endpoint = createEndpoint()
    const receiver = new Child('receive').give(PORT, endpoint).start().until(STATE_RECEIVING)
    same(send(endpoint, 44), 0, 'send')
    receiver.ends(44)
    close(endpoint)
  })
  test('IPC0009', 'NBSEND sends only to a receiver that waits', () => {
    const endpoint = createEndpoint()
    refused(trySend(endpoint, 1), EAGAIN, 'without a receiver')
    const receiver = new Child('receive').give(PORT, endpoint).start().until(STATE_RECEIVING)
    same(trySend(endpoint, 45), 0, 'with a receiver')
    receiver.ends(45)
    refused(trySend(endpoint, 1), EAGAIN, 'without a receiver again')
    close(endpoint)
  })
  test('IPC0010', 'NBRECV gives EAGAIN when nothing is there', () => {
    const endpoint = createEndpoint()
    const message = new Message()
    refused(poll(message, 0, endpoint), EAGAIN, 'nothing there')
    const sender = new Child('send', 9).give(PORT, endpoint).start().until(STATE_SENDING)
    granted(poll(message, 0, endpoint), 'a message')
    same(message.tag, 9, 'tag')
    sender.ends(0)
    close(endpoint)
  })
  test('IPC0011', 'an empty slot, another kind or no slot as destination gives EBADF', () => {
    const numbers: i32[] = [SYS_SEND, SYS_CALL, SYS_NBSEND]
    for (let i = 0; i < numbers.length; i++) {
      refused(syscall(numbers[i], 200), EBADF, 'an empty slot')
      refused(syscall(numbers[i], 2), EBADF, 'a pipe')
      refused(syscall(numbers[i], 256), EBADF, 'slot 256')
      refused(syscall(numbers[i], -1), EBADF, 'slot -1')
      refused(syscall(numbers[i], 0x1_0000_0002), EBADF, 'slot 2 in the low half')
    }
  })
  test('IPC0012', 'a call that cannot be sent is never answered with an empty message', () => {
    same(syscall(SYS_CALL, 200, 7, 8, 9), -EBADF, 'tag')
    same(syscall(SYS_CALL, 3, 7, 8, 9), -EBADF, 'tag')
  })
  test('IPC0013', 'sending needs SEND', () => {
    const endpoint = createEndpoint()
    const mute = copyHandle(endpoint, RIGHT_ALL & ~RIGHT_SEND)
    refused(syscall(SYS_SEND, mute), EPERM, 'send')
    refused(syscall(SYS_CALL, mute), EPERM, 'call')
    refused(syscall(SYS_NBSEND, mute), EPERM, 'send without waiting')
    close(mute)
    close(endpoint)
  })
  test('IPC0014', 'receiving needs RECV', () => {
    const endpoint = createEndpoint()
    const deaf = copyHandle(endpoint, RIGHT_ALL & ~RIGHT_RECV)
    refused(syscall(SYS_RECV, deaf), EPERM, 'receive')
    refused(syscall(SYS_NBRECV, deaf), EPERM, 'receive without waiting')
    close(deaf)
    close(endpoint)
  })
  test('IPC0015', 'receiving on what is no endpoint gives EBADF', () => {
    refused(syscall(SYS_RECV, 200), EBADF, 'an empty slot')
    refused(syscall(SYS_RECV, 2), EBADF, 'a pipe')
    refused(syscall(SYS_RECV, 256), EBADF, 'slot 256')
    refused(syscall(SYS_RECV, -2), EBADF, 'slot -2')
    refused(syscall(SYS_NBRECV, 200), EBADF, 'an empty slot, without waiting')
  })
  test('IPC0016', 'sending where nobody can receive any more gives EPIPE', () => {
    const endpoint = createEndpoint()
    const port = copyHandle(endpoint, RIGHT_SEND | RIGHT_TRANSFER)
    close(endpoint)
    refused(send(port, 1), EPIPE, 'send')
    refused(call(port, 1), EPIPE, 'call')
    refused(trySend(port, 1), EPIPE, 'send without waiting')
    close(port)
  })
  test('IPC0017', 'who waits to send when the last receiver goes gets EPIPE', () => {
    const endpoint = createEndpoint()
    const port = copyHandle(endpoint, RIGHT_SEND | RIGHT_TRANSFER)
    const sender = new Child('send', 1).give(PORT, port).start().until(STATE_SENDING)
    const caller = new Child('call', 1).give(PORT, port).start().until(STATE_CALLING)
    close(endpoint)
    sender.ends(EPIPE)
    caller.ends(EPIPE)
    close(port)
  })
  test('IPC0018', 'a server that exits before it replies: the caller gets EOWNERDEAD', () => {
    const served = new Served()
    refused(call(served.port, LEAVE, 12), EOWNERDEAD, 'call')
    served.server.ends(12)
    refused(call(served.port, ADD), EPIPE, 'the next call')
    close(served.port)
  })
  test('IPC0019', 'a server that crashes before it replies: the caller gets EOWNERDEAD', () => {
    const served = new Served()
    refused(call(served.port, CRASH), EOWNERDEAD, 'call')
    served.server.ends(139, REASON_FAULT)
    close(served.port)
  })
  test(
    'IPC0020',
    'a server that is killed: all whose calls it has get EOWNERDEAD, the others EPIPE',
    () => {
      const served = new Served()
      const first = new Child('call', HOLD).give(PORT, served.port).start().until(STATE_REPLY)
      const second = new Child('call', HOLD).give(PORT, served.port).start().until(STATE_REPLY)
      kill(served.server.task, 1)
      first.ends(EOWNERDEAD)
      second.ends(EOWNERDEAD)
      served.server.ends(1, REASON_KILLED)
      refused(call(served.port, ADD), EPIPE, 'a call afterwards')
      close(served.port)
    },
  )
  test('IPC0021', 'while somebody keeps RECV, calls wait for the next server', () => {
    const endpoint = createEndpoint()
    const first = new Child('server').give(SLOT_SELF, endpoint).start()
    same(call(endpoint, ADD, 1), 1, 'first server')
    first.stop()
    const client = new Child('add').give(PORT, endpoint).start().until(STATE_CALLING)
    const second = new Child('server').give(SLOT_SELF, endpoint).start()
    client.ends(0)
    second.stop()
    close(endpoint)
  })
  test(
    'IPC0022',
    'a caller that is killed while it waits: the server finds nobody to reply to',
    () => {
      const endpoint = createEndpoint()
      const client = new Child('call', 5).give(PORT, endpoint).start().until(STATE_CALLING)
      const message = new Message()
      const token = granted(receive(message, 0, endpoint), 'receive')
      client.stop()
      refused(reply(0), ESRCH, 'reply')
      refused(replyTo(token, 0), ESRCH, 'reply to the token')
      close(endpoint)
    },
  )
  test('IPC0023', 'a caller that is killed before it was received leaves no message', () => {
    const endpoint = createEndpoint()
    const client = new Child('call', 5).give(PORT, endpoint).start().until(STATE_CALLING)
    client.stop()
    refused(poll(new Message(), 0, endpoint), EAGAIN, 'receive')
    close(endpoint)
  })
  test('IPC0024', 'a sender that is killed leaves no message', () => {
    const endpoint = createEndpoint()
    const sender = new Child('send', 5).give(PORT, endpoint).start().until(STATE_SENDING)
    sender.stop()
    refused(poll(new Message(), 0, endpoint), EAGAIN, 'receive')
    close(endpoint)
  })
  test('IPC0025', 'a receiver that is killed is not sent to', () => {
    const endpoint = createEndpoint()
    const receiver = new Child('receive').give(PORT, endpoint).start().until(STATE_RECEIVING)
    receiver.stop()
    refused(trySend(endpoint, 1), EAGAIN, 'send')
    close(endpoint)
  })
  test('IPC0026', 'a reply is given once', () => {
    const served = new Served()
    same(call(served.port, TWICE, 5), 5, 'the first reply')
    same(call(served.port, LAST), -ESRCH, 'what the second reply gave')
    served.stop()
  })
  test('IPC0027', 'REPLY without a caller gives ESRCH', () => {
    refused(syscall(SYS_REPLY, 1), ESRCH, 'reply')
    refused(syscall(SYS_REPLY_TO, 0, 1), ESRCH, 'reply to token 0')
  })
  test('IPC0028', 'forged reply tokens reach nobody', () => {
    const served = new Served()
    const client = new Child('call', HOLD).give(PORT, served.port).start().until(STATE_REPLY)
    // The client waits for the server, not for this task: no token may answer it.
    for (let i: i64 = 0; i < 200; i++) {
      refused(replyTo(i, 0), ESRCH, 'a small token')
      refused(replyTo(i << 16, 0), ESRCH, 'a token')
      refused(replyTo((i << 8) + 1, 0), ESRCH, 'a token')
    }
    refused(replyTo(-1, 0), ESRCH, 'token -1')
    client.until(STATE_REPLY)
    same(call(served.port, RELEASE, 0), 0, 'release')
    client.ends(0)
    served.stop()
  })
  test(
    'IPC0029',
    'a token of a caller that ended does not answer the task that took its place',
    () => {
      const endpoint = createEndpoint()
      const message = new Message()
      const first = new Child('call', 1).give(PORT, endpoint).start().until(STATE_CALLING)
      const old = granted(receive(message, 0, endpoint), 'receive')
      first.stop()
      const second = new Child('call', 2).give(PORT, endpoint).start().until(STATE_CALLING)
      const token = granted(receive(message, 0, endpoint), 'receive')
      refused(replyTo(old, 0), ESRCH, 'reply to the old token')
      second.until(STATE_REPLY)
      same(replyTo(token, -7), 0, 'reply')
      second.ends(7)
      close(endpoint)
    },
  )
  test('IPC0030', 'replies can be given in any order', () => {
    const endpoint = createEndpoint()
    const clients: Child[] = []
    const tokens: i64[] = []
    const message = new Message()
    for (let i = 0; i < 4; i++) {
      clients.push(new Child('call', i).give(PORT, endpoint).start().until(STATE_CALLING))
      tokens.push(granted(receive(message, 0, endpoint), 'receive'))
    }
    const order: i32[] = [2, 0, 3, 1]
    for (let i = 0; i < 4; i++) same(replyTo(tokens[order[i]], -(50 + order[i])), 0, 'reply')
    for (let i = 0; i < 4; i++) clients[i].ends(50 + i)
    close(endpoint)
  })
  test('IPC0031', 'bits 32 to 63 of a token do not matter to a reply', () => {
    const endpoint = createEndpoint()
    const client = new Child('call', 1).give(PORT, endpoint).start().until(STATE_CALLING)
    const message = new Message()
    const token = granted(receive(message, 0, endpoint), 'receive')
    same(replyTo((token & 0xffff_ffff) | ((0x1234 as i64) << 32), -6), 0, 'reply')
    client.ends(6)
    close(endpoint)
  })
  test('IPC0032', 'RECV from -1 receives on the endpoint in slot 59', () => {
    const endpoint = createEndpoint()
    dup2(endpoint, SLOT_SELF)
    const sender = new Child('send', 3).give(PORT, endpoint).start().until(STATE_SENDING)
    const message = new Message()
    granted(receive(message), 'receive')
    same(message.tag, 3, 'tag')
    sender.ends(0)
    close(SLOT_SELF)
    close(endpoint)
  })
  test('IPC0033', 'closing the endpoint one receives on ends the wait with EBADF', () => {
    const endpoint = createEndpoint()
    const deaf = new Child('receive').give(PORT, endpoint, RIGHT_RECV).start()
    deaf.until(STATE_RECEIVING)
    close(endpoint)
    // The receiver itself holds RECV, so it goes on waiting until it is ended.
    for (let i = 0; i < 10; i++) yieldNow()
    deaf.until(STATE_RECEIVING)
    deaf.stop()
  })
  test('IPC0034', 'a server may call another server before it replies', () => {
    const endpoint = createEndpoint()
    const served = new Served()
    const client = new Child('call', 1).give(PORT, endpoint).start().until(STATE_CALLING)
    const message = new Message()
    granted(receive(message, 0, endpoint), 'receive')
    same(call(served.port, ADD, 1, 1, 1, 1), 4, 'the nested call')
    same(reply(-40), 0, 'reply')
    client.ends(40)
    served.stop()
    close(endpoint)
  })
  test('IPC0035', 'a task that calls itself is stopped, and can be killed', () => {
    const caller = new Child('call-self').start().until(STATE_CALLING)
    caller.stop()
  })
  test('IPC0036', 'a receiver of higher priority runs before SEND returns', () => {
    const endpoint = createEndpoint()
    const receiver = new Child('receive').give(PORT, endpoint).start().until(STATE_RECEIVING)
    syscall(SYS_TASK_PRIORITY, -1, 1)
    same(send(endpoint, 20), 0, 'send')
    // It ran to its end meanwhile.
    same(trySend(endpoint, 20), -EAGAIN, 'nobody receives any more')
    receiver.ends(20)
    close(endpoint)
  })
}

/** The token of a call: its low half says that somebody waits. */
function holdsToken(token: i64): void {
  granted(token, 'receive')
  same((token as i32) !== 0 ? 1 : 0, 1, 'somebody waits for a reply')
}
