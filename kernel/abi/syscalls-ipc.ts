/** System calls that pass messages: calls, replies, notifications, leases, and handles given with messages. */
import { data, OK, values } from './define.ts'
import type { SystemCall } from './types.ts'

const MESSAGE = values(
  [
    'sender',
    'token of the sender: reply token in bits 0-31 (0: nobody waits), badge in bits 32-62; 0: a notification',
  ],
  ['tag', 'tag of the message; 0 for a notification'],
).concat(data(2, 'data word; d0 of a notification holds its bits'))

const SENDING = {
  EBADF: '`dest` is no endpoint',
  EPERM: '`dest` lacks SEND',
  EPIPE: 'nobody holds the endpoint with RECV any more',
}

export const ipc: readonly SystemCall[] = [
  {
    number: 1,
    name: 'SEND',
    group: 'Messages',
    summary: 'Send a message and wait until it is received.',
    arguments: values(['dest', 'endpoint (SEND)'], ['tag', 'tag']).concat(data(2, 'data word')),
    results: OK,
    errors: SENDING,
    notes: ['Receivers are served by priority, and in order within one priority.'],
  },
  {
    number: 2,
    name: 'RECV',
    group: 'Messages',
    summary: 'Receive a message, or a notification whose bits are in `mask`.',
    arguments: values(
      ['from', 'endpoint (RECV), or -1 for the own endpoint in slot 59'],
      ['mask', 'notification bits that end the wait, 0 for none'],
    ),
    results: MESSAGE,
    errors: {
      EBADF: '`from` is no endpoint',
      EPERM: '`from` lacks RECV',
      EBUSY: 'too many wait already',
    },
    notes: [
      'A notification comes first: x0 = 0, x2 = the pending bits of `mask`, which are cleared. With `from` = -1 and nothing in slot 59, only notifications arrive.',
      'A positive x0 is a message. Its low 32 bits are 0 when nobody waits for a reply: SEND, NBSEND, or message CLOSED of the stream protocol, which the kernel sends when the last handle of a session (badge) was closed.',
    ],
  },
  {
    number: 3,
    name: 'CALL',
    group: 'Messages',
    summary: 'Send a message and wait for the reply.',
    arguments: values(['dest', 'endpoint (SEND)'], ['tag', 'tag']).concat(data(2, 'data word')),
    results: values(['tag', 'tag of the reply: by custom a result or a negative errno']).concat(
      data(1, 'data word of the reply'),
    ),
    errors: {
      ...SENDING,
      EOWNERDEAD: 'the server ended after it received the call, before it replied',
    },
    notes: [
      'A lease (LEASE) and a handle (HANDLE_ATTACH) prepared before go with the call.',
      'A call that no server has received yet waits for the next one: when a server is restarted on the same endpoint, its clients only wait longer.',
    ],
  },
  {
    number: 4,
    name: 'REPLY',
    group: 'Messages',
    summary: 'Reply to the caller received last.',
    arguments: values(['tag', 'tag']).concat(data(1, 'data word')),
    results: OK,
    errors: { ESRCH: 'the caller is gone, was replied to, or none was received' },
  },
  {
    number: 5,
    name: 'REPLY_TO',
    group: 'Messages',
    summary: 'Reply to any caller that waits for this task: deferred reply.',
    arguments: values(['sender', 'token that RECV returned'], ['tag', 'tag']).concat(
      data(2, 'data word'),
    ),
    results: OK,
    errors: { ESRCH: 'the caller is gone or does not wait for this task' },
    notes: ['Bits 32-63 of `sender` are ignored. Replying never blocks.'],
  },
  {
    number: 6,
    name: 'NBRECV',
    group: 'Messages',
    summary: 'RECV that does not wait.',
    arguments: values(['from', 'as RECV'], ['mask', 'as RECV']),
    results: MESSAGE,
    errors: {
      EBADF: '`from` is no endpoint',
      EPERM: '`from` lacks RECV',
      EAGAIN: 'nothing is there',
    },
  },
  {
    number: 7,
    name: 'NOTIFY',
    group: 'Notifications',
    summary: 'Set notification bits of a task; never blocks.',
    arguments: values(
      ['dest', 'notification or task (NOTIFY)'],
      ['bits', 'bits; those outside the mask of the handle are dropped'],
    ),
    results: OK,
    errors: {
      EBADF: '`dest` is of another kind',
      EPERM: '`dest` lacks NOTIFY',
      ESRCH: 'the task has ended',
    },
  },
  {
    number: 8,
    name: 'WAIT_NOTIFY',
    group: 'Notifications',
    summary: 'Wait for notification bits of the caller.',
    arguments: values(['mask', 'bits to wait for, 0 for any']),
    results: values(['bits', 'the bits of the mask that were set; they are cleared']),
    errors: {},
    notes: ['Bit 63 cannot be told from an error and is never returned; there are 63 bits.'],
  },
  {
    number: 9,
    name: 'NBSEND',
    group: 'Messages',
    summary: 'Send a message if somebody is receiving.',
    arguments: values(['dest', 'endpoint (SEND)'], ['tag', 'tag']).concat(data(2, 'data word')),
    results: OK,
    errors: { ...SENDING, EAGAIN: 'nobody receives now' },
  },
  {
    number: 19,
    name: 'REPLY_RECV',
    group: 'Messages',
    summary: 'REPLY to the caller received last, then RECV: what a server does in its loop.',
    arguments: values(['from', 'as RECV'], ['tag', 'tag of the reply']).concat(
      data(2, 'data word of the reply'),
    ),
    results: MESSAGE,
    errors: {
      EBADF: '`from` is no endpoint',
      EPERM: '`from` lacks RECV',
    },
    notes: [
      'The notification bits that end the wait are those of the last RECV. That the caller is gone is no error.',
    ],
  },
  {
    number: 40,
    name: 'ENDPOINT_CREATE',
    group: 'Messages',
    summary: 'Make an endpoint.',
    arguments: [],
    results: values(['handle', 'endpoint with every right']),
    errors: { ENFILE: 'no endpoint is free', EMFILE: 'the handle table is full' },
    notes: [
      'An endpoint outlives servers: whoever keeps a handle with RECV keeps it alive, and may give RECV to a new server.',
    ],
  },
  {
    number: 41,
    name: 'ENDPOINT_MINT',
    group: 'Messages',
    summary: 'Make a handle of an endpoint whose messages carry a badge: a session.',
    arguments: values(
      ['endpoint', 'endpoint (MANAGE)'],
      ['badge', '1 to 2^31-1; every message through the handle or its copies carries it'],
      ['rights', 'rights of the new handle: SEND, READ, WRITE, TRANSFER'],
    ),
    results: values(['handle', 'the session, in the lowest free slot from 64']),
    errors: {
      EBADF: 'no endpoint',
      EPERM: 'MANAGE is missing',
      EINVAL: 'badge or rights out of range',
      ENFILE: 'no session is free',
      EMFILE: 'the handle table is full',
    },
    notes: [
      'When the last copy is closed, in whatever task, the endpoint receives message CLOSED with the badge.',
    ],
  },
  {
    number: 42,
    name: 'NOTIFICATION_CREATE',
    group: 'Notifications',
    summary: 'Make a handle with which others can set some notification bits of the caller.',
    arguments: values(['mask', 'the bits']),
    results: values(['handle', 'notification with NOTIFY and TRANSFER']),
    errors: { EINVAL: 'mask is 0 or has bit 63', EMFILE: 'the handle table is full' },
  },
  {
    number: 45,
    name: 'HANDLE_ATTACH',
    group: 'Handles',
    summary: 'Attach a handle to the next SEND, CALL, REPLY or REPLY_TO.',
    arguments: values(
      ['handle', 'any handle (TRANSFER), or -1 to attach none'],
      ['rights', 'rights the receiver gets, of those the handle has'],
      ['flags', '1: move it, else a copy'],
    ),
    results: OK,
    errors: { EBADF: 'no such handle', EPERM: 'TRANSFER is missing', EINVAL: 'unknown flag' },
    notes: ['The attachment is used up by the next of these calls, even if that fails.'],
  },
  {
    number: 46,
    name: 'HANDLE_TAKE',
    group: 'Handles',
    summary: 'Take the handle that came with the message or reply received last.',
    arguments: values([
      'slot',
      'slot to put it in (what is there is closed), -1: lowest free from 64, -2: lowest free descriptor',
    ]),
    results: values(['handle', 'its slot']),
    errors: { ENOENT: 'no handle came', EINVAL: 'no such slot', EMFILE: 'no slot is free' },
    notes: ['A handle that is not taken is closed by the next RECV, NBRECV or CALL.'],
  },
  {
    number: 50,
    name: 'LEASE',
    group: 'Leases',
    summary: 'Lend memory to the server of the next CALL, until it replies.',
    arguments: values(
      ['address', 'address'],
      ['length', 'bytes'],
      ['access', '1: the server may read it, 2: write it, 3: both'],
    ),
    results: OK,
    errors: { EFAULT: 'not in the range of user addresses', EINVAL: 'unknown access' },
    notes: [
      'The lease is used up by the next CALL, even if that fails. Pages are checked when the server uses them.',
    ],
  },
  {
    number: 51,
    name: 'LEASE_READ',
    group: 'Leases',
    summary: 'Copy from the memory a caller has lent.',
    arguments: values(
      ['sender', 'token that RECV returned'],
      ['offset', 'offset in the lent memory'],
      ['buffer', 'where to'],
      ['length', 'bytes'],
    ),
    results: values(['n', 'bytes copied: less than asked at the end of the lent memory']),
    errors: {
      ESRCH: 'the caller is gone or does not wait for this task',
      EPERM: 'nothing is lent for this access',
      EFAULT: 'the buffer is bad',
      EIO: 'the lent memory is bad',
    },
  },
  {
    number: 52,
    name: 'LEASE_WRITE',
    group: 'Leases',
    summary: 'Copy into the memory a caller has lent.',
    arguments: values(
      ['sender', 'token that RECV returned'],
      ['offset', 'offset in the lent memory'],
      ['buffer', 'where from'],
      ['length', 'bytes'],
    ),
    results: values(['n', 'bytes copied: less than asked at the end of the lent memory']),
    errors: {
      ESRCH: 'the caller is gone or does not wait for this task',
      EPERM: 'nothing is lent for this access',
      EFAULT: 'the buffer is bad',
      EIO: 'the lent memory is bad',
    },
  },
  {
    number: 53,
    name: 'LEASE_INFO',
    group: 'Leases',
    summary: 'What a caller has lent.',
    arguments: values(['sender', 'token that RECV returned']),
    results: values(
      ['length', 'bytes, 0 if nothing is lent'],
      ['access', 'as in LEASE'],
      ['pid', 'process id of the caller'],
    ),
    errors: { ESRCH: 'the caller is gone or does not wait for this task' },
  },
]
