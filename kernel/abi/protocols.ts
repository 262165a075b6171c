/** The messages of the servers: tags, words, leases and handles. The tags of the original system keep their numbers. */
import type { Message, Protocol } from './types.ts'

const PATH =
  'path: length (1-31) in byte 0 of d0, then the bytes, through d3; or byte 0 of d0 = 0, d1 = length, and the path is lent'
const LENT = 'read: the path, when it is not in the words'

function message(
  tag: number,
  name: string,
  text: string,
  request: readonly string[],
  reply: readonly string[],
  more: Pick<Message, 'lease' | 'gives' | 'takes'> = {},
): Message {
  return { tag, name, text, request, reply, ...more }
}

export const protocols: readonly Protocol[] = [
  {
    name: 'CONSOLE',
    title: 'Console server (slot 33)',
    text: 'Owner of the UART. Descriptors 0 to 2 of the shell are its sessions and use the stream protocol.',
    messages: [
      message(
        1,
        'WRITE',
        'Write up to 24 bytes.',
        ['length, at most 24', 'bytes', 'bytes', 'bytes'],
        ['tag: bytes written'],
      ),
      message(
        2,
        'EXIT',
        'End the server (needs its MANAGE session; others get EPERM).',
        [],
        ['tag: 0'],
      ),
      message(
        3,
        'SET_MODE',
        'Raw or line mode.',
        ['0: lines, 1: raw, 2: lines without echo'],
        ['tag: former mode'],
      ),
      message(
        4,
        'SET_FOREGROUND',
        'Say whom Ctrl-C ends or notifies while nobody reads a line with READ_LINE.',
        ['notification: its bits; task: 0 replaces all others, 1 adds one'],
        ['tag: 1 if Ctrl-C was pressed since the last of these messages, else 0'],
        { gives: 'task (MANAGE), ended with code 130, or notification; none: nobody' },
      ),
      message(5, 'GET_SIZE', 'Size of the terminal.', [], ['tag: 0', 'columns', 'rows']),
      message(6, 'OPEN', 'A session of its own.', [], ['tag: 0'], {
        takes: 'stream with READ and WRITE',
      }),
      message(
        7,
        'READ_LINE',
        'Read a line that is edited with history. The row the cursor stands on is its prompt.',
        ['length'],
        ['tag: bytes with the newline, 0 for Ctrl-D, EINTR for Ctrl-C'],
        { lease: 'write: the buffer' },
      ),
      message(
        10,
        'SHM_WRITE',
        'Write from shared memory.',
        ['id that ATTACH_SHM gave', 'offset', 'length'],
        ['tag: bytes written'],
      ),
      message(11, 'ATTACH_SHM', 'Give shared memory.', [], ['tag: id'], { gives: 'shared memory' }),
    ],
  },
  {
    name: 'VFS',
    title: 'File server (slot 35)',
    text: 'Paths are absolute. Files opened with a lent path are sessions and use the stream protocol.',
    messages: [
      message(
        100,
        'OPEN',
        'Open a file. The short form opens for reading and gives a number for 101-103 and 110.',
        [PATH, '(lent) length', '(lent) flags: OPEN bits', '(lent) 0'],
        [
          'tag: number of the open file (short form) or 0',
          'size',
          'type: 0 file, 1 directory, 2 device',
        ],
        { lease: LENT, takes: 'stream (lent form)' },
      ),
      message(101, 'CLOSE', 'Close an open file.', ['number'], ['tag: 0']),
      message(
        102,
        'READ',
        'Read up to 32 bytes.',
        ['number', 'most bytes, up to 32'],
        ['tag: bytes read', 'bytes', 'bytes', 'bytes', 'bytes'],
      ),
      message(
        103,
        'WRITE',
        'Write from lent memory.',
        ['number', 'length'],
        ['tag: bytes written'],
        { lease: 'read: the bytes' },
      ),
      message(
        104,
        'STAT',
        'About a file.',
        [PATH, '(lent) length'],
        ['tag: 0', 'size', 'type', 'time of change, seconds since 1970', 'number of the file'],
        { lease: LENT },
      ),
      message(105, 'MKDIR', 'Make a directory.', [PATH, '(lent) length'], ['tag: 0'], {
        lease: LENT,
      }),
      message(
        106,
        'READDIR',
        'One entry of a directory, by path.',
        ['0', 'length of the path', 'index'],
        ['tag: length of the name, 0 at the end', 'size', 'type', 'time of change'],
        {
          lease: 'both: the path; at least 256 bytes, the name is written over it',
        },
      ),
      message(
        107,
        'UNLINK',
        'Remove a file or an empty directory.',
        [PATH, '(lent) length', '(lent) 0: file, 1: directory, 2: either'],
        ['tag: 0'],
        { lease: LENT },
      ),
      message(
        108,
        'RENAME',
        'Rename; an existing file of the new name is replaced.',
        ['0', 'length of the old path', 'length of the new path'],
        ['tag: 0'],
        {
          lease: 'read: the old path, then at once the new path',
        },
      ),
      message(
        110,
        'READ_SHM',
        'Read into shared memory.',
        ['number', 'id that ATTACH_SHM gave', 'offset', 'most bytes'],
        ['tag: bytes read'],
      ),
      message(
        111,
        'WRITE_SHM',
        'Write from shared memory.',
        ['number', 'id that ATTACH_SHM gave', 'offset', 'bytes'],
        ['tag: bytes written'],
      ),
      message(112, 'ATTACH_SHM', 'Give shared memory.', [], ['tag: id'], {
        gives: 'shared memory',
      }),
      message(113, 'SYNC', 'Write everything to the disks.', [], ['tag: 0']),
      message(
        114,
        'MOUNT',
        'Mount a file system.',
        ['type: 0 ramfs, 1 FAT32, 2 archive', 'length of the path', 'flags: 1 read-only'],
        ['tag: 0'],
        {
          lease: 'read: the path',
          gives: 'block device session (FAT32) or shared memory (archive)',
        },
      ),
      message(115, 'UMOUNT', 'Unmount.', [PATH, '(lent) length'], ['tag: 0'], { lease: LENT }),
      message(
        116,
        'MOUNTS',
        'One mount, by index.',
        ['index'],
        [
          'tag: length of the path, 0 at the end',
          'type',
          'bytes in all',
          'bytes free',
          'flags: 1 read-only',
        ],
        {
          lease: 'write: at least 256 bytes for the path',
        },
      ),
      message(
        117,
        'TRUNCATE',
        'Set the size of a file.',
        ['0', 'length of the path', 'size'],
        ['tag: 0'],
        { lease: 'read: the path' },
      ),
      message(
        118,
        'UTIME',
        'Set the time of change.',
        ['0', 'length of the path', 'seconds since 1970'],
        ['tag: 0'],
        { lease: 'read: the path' },
      ),
    ],
  },
  {
    name: 'BLKDEV',
    title: 'Block device server (slot 36)',
    text: 'Sectors are 512 bytes. READ, WRITE and FLUSH may be repeated after EOWNERDEAD.',
    messages: [
      message(
        200,
        'READ',
        'Read sectors.',
        [
          'sector',
          'count, at most 128',
          'id that ATTACH_SHM gave, or 0: lent memory',
          'offset in the shared memory',
        ],
        ['tag: bytes'],
        {
          lease: 'write: the sectors (without shared memory)',
        },
      ),
      message(
        201,
        'WRITE',
        'Write sectors.',
        [
          'sector',
          'count, at most 128',
          'id that ATTACH_SHM gave, or 0: lent memory',
          'offset in the shared memory',
        ],
        ['tag: bytes'],
        {
          lease: 'read: the sectors (without shared memory)',
        },
      ),
      message(
        202,
        'INFO',
        'About the device.',
        [],
        ['tag: 0', 'sectors', '512', 'flags: 1 read-only, 2 can flush'],
      ),
      message(203, 'ATTACH_SHM', 'Give shared memory.', [], ['tag: id, from 1'], {
        gives: 'shared memory',
      }),
      message(204, 'FLUSH', 'Write what the device holds back.', [], ['tag: 0']),
    ],
  },
  {
    name: 'NETDEV',
    title: 'Network device server (slot 37)',
    text: 'Ethernet frames without checksum.',
    messages: [
      message(
        300,
        'SEND',
        'Send a frame.',
        ['id that ATTACH_SHM gave, or 0: lent memory', 'offset', 'length, 14 to 1514'],
        ['tag: length'],
        {
          lease: 'read: the frame (without shared memory)',
        },
      ),
      message(
        301,
        'RECV',
        'Take a received frame.',
        ['id that ATTACH_SHM gave, or 0: lent memory', 'offset', 'most bytes'],
        ['tag: length, 0 if none is there'],
        {
          lease: 'write: the frame (without shared memory)',
        },
      ),
      message(
        302,
        'INFO',
        'About the device.',
        [],
        [
          'tag: 0',
          'MAC address in the low 48 bits, first byte lowest',
          'link: 1 up',
          'frames dropped',
        ],
      ),
      message(303, 'ATTACH_SHM', 'Give shared memory.', [], ['tag: id, from 1'], {
        gives: 'shared memory',
      }),
      message(
        304,
        'SUBSCRIBE',
        'Be notified when frames arrive or the link changes.',
        ['notification bits'],
        ['tag: 0'],
        { gives: 'notification; none: no longer' },
      ),
    ],
  },
  {
    name: 'PIPESERV',
    title: 'Pipe server (slot 38)',
    text: 'Pipes in a server; kernel pipes (PIPE) are what the shell uses. READ and WRITE wait by deferred reply.',
    messages: [
      message(500, 'CREATE', 'Make a pipe.', [], ['tag: id']),
      message(
        501,
        'READ',
        'Read; waits for bytes.',
        ['id', 'id that ATTACH_SHM gave, or 0: lent memory', 'length'],
        ['tag: bytes read, 0 at the end'],
        { lease: 'write: the bytes' },
      ),
      message(
        502,
        'WRITE',
        'Write; waits for room.',
        ['id', 'id that ATTACH_SHM gave, or 0: lent memory', 'length'],
        ['tag: bytes written'],
        { lease: 'read: the bytes' },
      ),
      message(
        503,
        'CLOSE',
        'Close one end.',
        ['id', '1: the reading end, 0: the writing end'],
        ['tag: 0'],
      ),
      message(
        504,
        'DUP',
        'Open one end once more.',
        ['id', '1: the reading end, 0: the writing end'],
        ['tag: 0'],
      ),
      message(505, 'ATTACH_SHM', 'Give shared memory.', [], ['tag: id, from 1'], {
        gives: 'shared memory',
      }),
      message(
        506,
        'OPEN',
        'A pipe as two streams.',
        ['0: reading end, else the id of the pipe for its writing end'],
        ['tag: id'],
        { takes: 'stream' },
      ),
    ],
  },
  {
    name: 'STREAM',
    title: 'Streams: any endpoint used as a descriptor',
    text: 'READ and WRITE are what the system calls read() and write() send on an endpoint. The badge says which open file is meant.',
    messages: [
      message(600, 'READ', 'Read at the position.', ['length'], ['tag: bytes read, 0 at the end'], {
        lease: 'write: the buffer',
      }),
      message(601, 'WRITE', 'Write at the position.', ['length'], ['tag: bytes written'], {
        lease: 'read: the buffer',
      }),
      message(
        602,
        'CLOSED',
        'From the kernel, without reply: the last handle of the session (badge) was closed.',
        [],
        [],
      ),
      message(
        603,
        'SEEK',
        'Move the position.',
        ['offset', '0: from the start, 1: from the position, 2: from the end'],
        ['tag: position'],
      ),
      message(
        604,
        'STAT',
        'About the open file.',
        [],
        [
          'tag: 0',
          'size',
          'type: 0 file, 1 directory, 2 device',
          'time of change',
          'number of the file',
        ],
      ),
      message(605, 'TRUNCATE', 'Set the size.', ['size'], ['tag: 0']),
      message(606, 'SYNC', 'Write the file to the disk.', [], ['tag: 0']),
      message(
        607,
        'READDIR',
        'Next entry of an open directory.',
        [],
        ['tag: length of the name, 0 at the end', 'size', 'type', 'time of change'],
        {
          lease: 'write: at least 256 bytes for the name',
        },
      ),
      message(
        608,
        'READ_AT',
        'Read at an offset; the position stays.',
        ['length', 'offset'],
        ['tag: bytes read'],
        { lease: 'write: the buffer' },
      ),
      message(
        609,
        'WRITE_AT',
        'Write at an offset; the position stays.',
        ['length', 'offset'],
        ['tag: bytes written'],
        { lease: 'read: the buffer' },
      ),
    ],
  },
  {
    name: 'INIT',
    title: 'init (slot 34)',
    text: 'Starts and watches the servers.',
    messages: [
      message(700, 'LOOKUP', 'A service by name.', ['0', 'length of the name'], ['tag: 0'], {
        lease: 'read: the name',
        takes: 'endpoint (SEND, TRANSFER)',
      }),
      message(
        701,
        'SERVICES',
        'One service, by index.',
        ['index'],
        [
          'tag: length of the name, 0 at the end',
          'pid',
          'restarts',
          'state: 1 runs, 0 waits for its restart',
        ],
        {
          lease: 'write: at least 64 bytes for the name',
        },
      ),
      message(702, 'KILL', 'End a task by its process id.', ['pid', 'exit code'], ['tag: 0']),
      message(
        703,
        'SHUTDOWN',
        'Sync, then end the machine.',
        ['0: off, 1: start again'],
        ['tag: 0'],
      ),
      message(704, 'RESTART', 'Restart a service.', ['0', 'length of the name'], ['tag: 0'], {
        lease: 'read: the name',
      }),
    ],
  },
  {
    name: 'FAULT',
    title: 'Faults: from the kernel to a fault handler',
    text:
      'Sent as if the faulting task had called its fault endpoint (spawn block). The badge is that of the endpoint handle given at spawn. ' +
      'When the handler dies before it replies, or its endpoint has no receiver left, the task ends as if it had none.',
    messages: [
      message(
        800,
        'FAULT',
        'A task faulted.',
        ['ESR_EL1', 'FAR_EL1', 'ELR_EL1', 'process id'],
        ['tag: 0 repeat the instruction (after TASK_MAP or TASK_REGISTERS), else end the task'],
      ),
    ],
  },
]
