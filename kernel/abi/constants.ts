/**
 * Named numbers of the kernel interface: errors, kinds of handles, rights, well-known slots, limits and blocks in memory.
 * Error numbers are Linux's (include/uapi/asm-generic/errno.h), so that programs in C find what they know.
 */
import type { Block, ConstantGroup } from './types.ts'

export const errors: ConstantGroup = {
  prefix: '',
  title: 'Errors',
  text: 'A call that fails returns the negative number in x0. Every number has this one meaning in every call.',
  constants: [
    { name: 'EPERM', value: 1, text: 'The handle lacks the right for this' },
    { name: 'ENOENT', value: 2, text: 'No such file or entry' },
    { name: 'ESRCH', value: 3, text: 'The task is gone, or does not wait for this' },
    { name: 'EINTR', value: 4, text: 'Interrupted' },
    { name: 'EIO', value: 5, text: 'Input or output error' },
    { name: 'E2BIG', value: 7, text: 'Arguments or environment too long' },
    { name: 'ENOEXEC', value: 8, text: 'Not a static AArch64 ELF program' },
    { name: 'EBADF', value: 9, text: 'No handle in this slot, or of another kind' },
    { name: 'ECHILD', value: 10, text: 'No task to wait for' },
    { name: 'EAGAIN', value: 11, text: 'Would have to wait' },
    { name: 'ENOMEM', value: 12, text: 'Out of memory, or the limit of the task is reached' },
    { name: 'EACCES', value: 13, text: 'Access not permitted' },
    { name: 'EFAULT', value: 14, text: 'Bad address' },
    { name: 'EBUSY', value: 16, text: 'In use' },
    { name: 'EEXIST', value: 17, text: 'Exists already' },
    { name: 'EXDEV', value: 18, text: 'On another file system' },
    { name: 'ENODEV', value: 19, text: 'No such device' },
    { name: 'ENOTDIR', value: 20, text: 'Not a directory' },
    { name: 'EISDIR', value: 21, text: 'Is a directory' },
    { name: 'EINVAL', value: 22, text: 'Invalid argument' },
    { name: 'ENFILE', value: 23, text: 'A table of the kernel or server is full' },
    { name: 'EMFILE', value: 24, text: 'The handle table of the task is full' },
    { name: 'ENOTTY', value: 25, text: 'Not a console' },
    { name: 'EFBIG', value: 27, text: 'File too large' },
    { name: 'ENOSPC', value: 28, text: 'No space left' },
    { name: 'ESPIPE', value: 29, text: 'Cannot seek in this' },
    { name: 'EROFS', value: 30, text: 'Read-only file system' },
    { name: 'EPIPE', value: 32, text: 'Nobody is left to receive this' },
    { name: 'ERANGE', value: 34, text: 'Out of range' },
    { name: 'ENAMETOOLONG', value: 36, text: 'Name too long' },
    { name: 'ENOSYS', value: 38, text: 'No such call or message' },
    { name: 'ENOTEMPTY', value: 39, text: 'Directory not empty' },
    { name: 'ELOOP', value: 40, text: 'Too many levels' },
    { name: 'EPROTO', value: 71, text: 'The other side broke the protocol' },
    { name: 'EOVERFLOW', value: 75, text: 'Value too large' },
    { name: 'EMSGSIZE', value: 90, text: 'Message too long' },
    { name: 'ETIMEDOUT', value: 110, text: 'Timed out' },
    { name: 'ECANCELED', value: 125, text: 'Cancelled' },
    {
      name: 'EOWNERDEAD',
      value: 130,
      text: 'The server died before it replied: the call may be repeated',
    },
  ],
}

export const kinds: ConstantGroup = {
  prefix: 'KIND_',
  title: 'Kinds of handles',
  text: 'What a handle stands for, as HANDLE_INFO tells it.',
  constants: [
    { name: 'NONE', value: 0, text: 'Empty slot' },
    { name: 'ENDPOINT', value: 1, text: 'A place to call; its holder with RECV is the server' },
    { name: 'SHM', value: 2, text: 'Shared memory' },
    { name: 'NOTIFICATION', value: 3, text: 'Some bits of the notification word of one task' },
    { name: 'DEVICE', value: 4, text: 'Device registers and at most one interrupt' },
    { name: 'DMA', value: 5, text: 'Contiguous memory whose physical address may be read' },
    { name: 'TASK', value: 6, text: 'A task' },
    { name: 'PIPE', value: 7, text: 'One end of a kernel pipe' },
    {
      name: 'LOG',
      value: 8,
      text: 'The kernel log: write appends (and shows it on the boot UART), LOG_READ reads',
    },
    {
      name: 'ROOT',
      value: 9,
      text: 'Authority over the machine: MANAGE makes devices, WRITE ends it, READ opens tasks',
    },
  ],
}

export const rights: ConstantGroup = {
  prefix: 'RIGHT_',
  title: 'Rights',
  text: 'A copy of a handle may have fewer rights, never more.',
  constants: [
    { name: 'READ', value: 1, text: 'read(), map readable, TASK_REGISTERS read; root: TASK_OPEN' },
    { name: 'WRITE', value: 2, text: 'write(), map writable, TASK_REGISTERS write; root: REBOOT' },
    { name: 'SEND', value: 4, text: 'endpoint: SEND, CALL, NBSEND' },
    { name: 'RECV', value: 8, text: 'endpoint: RECV, NBRECV' },
    { name: 'NOTIFY', value: 16, text: 'notification, task: NOTIFY' },
    { name: 'TRANSFER', value: 32, text: 'may be given to another task (attach, give, spawn)' },
    {
      name: 'MANAGE',
      value: 64,
      text: 'endpoint: mint; shm: revoke, destroy; device: DMA, interrupts; task: kill, give, map, priority; root: DEVICE_CREATE',
    },
    { name: 'WAIT', value: 128, text: 'task: WAIT' },
    { name: 'EXEC', value: 256, text: 'shm: map executable (never together with writable)' },
    { name: 'ALL', value: 511, text: 'every right' },
  ],
}

export const slots: ConstantGroup = {
  prefix: 'SLOT_',
  title: 'Slots of the handle table',
  text:
    'A handle is the number of a slot in the table of its task. 0 to 31 are descriptors, 32 to 63 well-known (32 + the task id the ' +
    'original system used), 64 and up are given out by the kernel.',
  constants: [
    { name: 'STDIN', value: 0, text: 'Standard input' },
    { name: 'STDOUT', value: 1, text: 'Standard output' },
    { name: 'STDERR', value: 2, text: 'Standard error' },
    { name: 'WELL_KNOWN', value: 32, text: 'First well-known slot' },
    { name: 'CONSOLE', value: 33, text: 'Console server' },
    { name: 'INIT', value: 34, text: 'init: names of services, tasks' },
    { name: 'VFS', value: 35, text: 'File server' },
    { name: 'BLKDEV', value: 36, text: 'Block device server' },
    { name: 'NETDEV', value: 37, text: 'Network device server' },
    { name: 'PIPESERV', value: 38, text: 'Pipe server' },
    { name: 'DEVICE', value: 57, text: 'The device of a driver, put there by init' },
    {
      name: 'SELF',
      value: 59,
      text: 'Own endpoint of a server, with RECV: what RECV from -1 receives on',
    },
    { name: 'LOG', value: 60, text: 'Kernel log' },
    {
      name: 'DEVICE_TREE',
      value: 61,
      text: 'Flattened device tree, read-only shared memory (init)',
    },
    {
      name: 'BOOT_ARCHIVE',
      value: 62,
      text: 'Boot archive (cpio newc), read-only shared memory (init, vfs)',
    },
    {
      name: 'ROOT',
      value: 63,
      text: 'Authority over the machine (init; parts of it where needed)',
    },
    { name: 'DYNAMIC', value: 64, text: 'First slot the kernel gives out' },
  ],
}

export const limits: ConstantGroup = {
  prefix: 'MAX_',
  title: 'Limits',
  text: 'Fixed sizes of the kernel tables. What exceeds them fails with ENFILE, EMFILE or EINVAL.',
  constants: [
    { name: 'TASKS', value: 128, text: 'tasks, ended ones with open handles included' },
    { name: 'HANDLES', value: 256, text: 'handles of a task' },
    { name: 'DESCRIPTORS', value: 32, text: 'descriptors of a task: slots 0 to 31' },
    { name: 'ENDPOINTS', value: 256, text: 'endpoints' },
    { name: 'SESSIONS', value: 1024, text: 'minted endpoints with a badge' },
    { name: 'SHMS', value: 256, text: 'shared memory and DMA regions' },
    { name: 'PIPES', value: 128, text: 'kernel pipes' },
    { name: 'DEVICES', value: 64, text: 'device handles made' },
    { name: 'MAPPINGS', value: 64, text: 'mapped regions of a task, program segments included' },
    { name: 'ARGUMENT_BYTES', value: 16384, text: 'bytes of arguments and environment together' },
    { name: 'ARGUMENTS', value: 512, text: 'arguments and environment entries together' },
    { name: 'ELF_BYTES', value: 16777216, text: 'size of a program file' },
    { name: 'PRIORITY', value: 7, text: 'highest priority; 0 is the lowest, 4 that of init' },
    { name: 'SPAWN_HANDLES', value: 64, text: 'handles a spawn can install' },
    { name: 'NAME_BYTES', value: 24, text: 'bytes of a task name that are kept' },
  ],
}

export const protections: ConstantGroup = {
  prefix: 'PROT_',
  title: 'Protection of memory',
  text: 'For MMAP, MPROTECT, SHMMAP and TASK_MAP. Writable and executable together is refused.',
  constants: [
    { name: 'READ', value: 1, text: 'readable' },
    { name: 'WRITE', value: 2, text: 'writable' },
    { name: 'EXEC', value: 4, text: 'executable' },
  ],
}

export const states: ConstantGroup = {
  prefix: 'STATE_',
  title: 'States of a task',
  text: 'As TASKINFO tells them.',
  constants: [
    { name: 'FREE', value: 0, text: 'slot not in use' },
    { name: 'READY', value: 1, text: 'runs or could run' },
    { name: 'SENDING', value: 2, text: 'waits for a receiver' },
    { name: 'CALLING', value: 3, text: 'waits for a receiver, then for the reply' },
    { name: 'REPLY', value: 4, text: 'waits for a reply' },
    { name: 'RECEIVING', value: 5, text: 'waits for a message or notification' },
    { name: 'NOTIFICATION', value: 6, text: 'waits for a notification' },
    { name: 'SLEEPING', value: 7, text: 'sleeps' },
    { name: 'WAITING', value: 8, text: 'waits for a task to end' },
    { name: 'PIPE', value: 9, text: 'waits for a pipe' },
    { name: 'INTERRUPT', value: 10, text: 'waits for an interrupt' },
    { name: 'FAULTED', value: 11, text: 'waits for its fault handler to receive the fault' },
    { name: 'EMBRYO', value: 12, text: 'is being made by spawn' },
    { name: 'EXITING', value: 13, text: 'is being taken down' },
    { name: 'DEAD', value: 14, text: 'has ended; its status can be waited for' },
  ],
}

export const reasons: ConstantGroup = {
  prefix: 'REASON_',
  title: 'Why a task ended',
  text: 'Second result of WAIT.',
  constants: [
    { name: 'EXIT', value: 0, text: 'it called EXIT' },
    {
      name: 'FAULT',
      value: 1,
      text: 'a fault nobody handled; the code is 128 + the usual signal number',
    },
    { name: 'KILLED', value: 2, text: 'KILL; the code is what the killer gave' },
    { name: 'TRAP', value: 3, text: 'BRK, a trap of compiled code or abort; the code is 133' },
  ],
}

export const options: ConstantGroup = {
  prefix: '',
  title: 'Options and special values',
  text: 'Arguments with a fixed meaning.',
  constants: [
    {
      name: 'ANY',
      value: -1,
      text: 'RECV: own endpoint (slot 59); WAIT: any task; slot argument: lowest free slot from 64',
    },
    { name: 'LOWEST_DESCRIPTOR', value: -2, text: 'slot argument: lowest free descriptor' },
    { name: 'MYSELF', value: -1, text: 'task argument: the caller' },
    { name: 'WAIT_NOHANG', value: 1, text: 'WAIT: return EAGAIN instead of waiting' },
    {
      name: 'ATTACH_MOVE',
      value: 1,
      text: 'HANDLE_ATTACH: the handle leaves the sender when the message is delivered',
    },
    { name: 'DMA_UNCACHED', value: 1, text: 'DMA_CREATE: map the memory uncached' },
    { name: 'POWER_OFF', value: 0, text: 'REBOOT: switch the machine off' },
    { name: 'POWER_RESET', value: 1, text: 'REBOOT: start it again' },
    {
      name: 'CLOCK_REALTIME',
      value: 0,
      text: 'CLOCK: nanoseconds since 1970, 0 at boot when there is no clock chip',
    },
    { name: 'CLOCK_MONOTONIC', value: 1, text: 'CLOCK: nanoseconds since boot' },
    { name: 'CLOCK_TASK', value: 2, text: 'CLOCK: processor time of the caller' },
    { name: 'REGISTERS_READ', value: 0, text: 'TASK_REGISTERS: read them' },
    { name: 'REGISTERS_WRITE', value: 1, text: 'TASK_REGISTERS: write them' },
    { name: 'SYSINFO_MEMORY', value: 0, text: 'SYSINFO: uptime, memory, tasks, idle time' },
    { name: 'SYSINFO_MACHINE', value: 1, text: 'SYSINFO: processor, timer, interrupt controller' },
    { name: 'SYSINFO_OBJECTS', value: 2, text: 'SYSINFO: objects in use' },
    { name: 'PAGE_BYTES', value: 4096, text: 'size of a page' },
  ],
}

export const opens: ConstantGroup = {
  prefix: 'OPEN_',
  title: 'How files are opened',
  text: 'Bits in message OPEN of the file server. Without READ and WRITE it is READ.',
  constants: [
    { name: 'READ', value: 1, text: 'to read' },
    { name: 'WRITE', value: 2, text: 'to write' },
    { name: 'CREATE', value: 4, text: 'make the file if it does not exist' },
    { name: 'EXCLUSIVE', value: 8, text: 'with CREATE: EEXIST if it exists' },
    { name: 'TRUNCATE', value: 16, text: 'empty the file' },
    { name: 'APPEND', value: 32, text: 'every write goes to the end' },
    { name: 'DIRECTORY', value: 64, text: 'ENOTDIR if it is no directory' },
  ],
}

export const fileTypes: ConstantGroup = {
  prefix: 'TYPE_',
  title: 'Types of files',
  text: 'As STAT and READDIR tell them.',
  constants: [
    { name: 'FILE', value: 0, text: 'file' },
    { name: 'DIRECTORY', value: 1, text: 'directory' },
    { name: 'DEVICE', value: 2, text: 'device' },
  ],
}

export const terminalModes: ConstantGroup = {
  prefix: 'MODE_',
  title: 'Modes of the console',
  text: 'For message SET_MODE.',
  constants: [
    { name: 'LINES', value: 0, text: 'edited lines with echo' },
    { name: 'RAW', value: 1, text: 'bytes as they come, Ctrl-C included' },
    { name: 'SILENT', value: 2, text: 'edited lines without echo' },
  ],
}

export const groups: readonly ConstantGroup[] = [
  errors,
  kinds,
  rights,
  slots,
  limits,
  protections,
  states,
  reasons,
  opens,
  fileTypes,
  terminalModes,
  options,
]

export const blocks: readonly Block[] = [
  {
    name: 'SPAWN',
    title: 'Spawn block: third argument of SPAWN',
    size: 104,
    fields: [
      {
        name: 'ARGS',
        offset: 0,
        size: 8,
        text: 'address of the arguments: strings that end with NUL, one after the other',
      },
      { name: 'ARGS_BYTES', offset: 8, size: 8, text: 'their bytes, NULs included' },
      {
        name: 'ENV',
        offset: 16,
        size: 8,
        text: 'address of the environment: NAME=value strings in the same form',
      },
      { name: 'ENV_BYTES', offset: 24, size: 8, text: 'their bytes, NULs included' },
      {
        name: 'HANDLES',
        offset: 32,
        size: 8,
        text: 'address of the handles to install: entries as below',
      },
      { name: 'HANDLE_COUNT', offset: 40, size: 8, text: 'number of entries' },
      {
        name: 'FAULT_ENDPOINT',
        offset: 48,
        size: 8,
        text: 'handle (SEND) of the endpoint that receives faults as messages, or -1',
      },
      {
        name: 'PRIORITY',
        offset: 56,
        size: 8,
        text: '0 to the priority of the caller, or -1 for the same',
      },
      {
        name: 'PAGE_LIMIT',
        offset: 64,
        size: 8,
        text: 'most pages the task may hold, or 0 for what the caller may hold',
      },
      {
        name: 'STACK_BYTES',
        offset: 72,
        size: 8,
        text: 'size of the stack, or 0 for 256 KiB; at most 8 MiB',
      },
      {
        name: 'NAME',
        offset: 80,
        size: 8,
        text: 'address of the name, or 0 for the last part of the first argument',
      },
      { name: 'NAME_BYTES', offset: 88, size: 8, text: 'its bytes' },
      { name: 'FLAGS', offset: 96, size: 8, text: '0' },
    ],
  },
  {
    name: 'SPAWN_HANDLE',
    title: 'Entry of the handles a spawn installs',
    size: 16,
    fields: [
      { name: 'SLOT', offset: 0, size: 4, text: 'slot in the new task, 0 to 255' },
      { name: 'HANDLE', offset: 4, size: 4, text: 'handle of the caller (TRANSFER)' },
      { name: 'RIGHTS', offset: 8, size: 4, text: 'rights to keep, 511 for all the caller has' },
      { name: 'FLAGS', offset: 12, size: 4, text: '0' },
    ],
  },
  {
    name: 'TASKINFO',
    title: 'Result of TASKINFO',
    size: 96,
    fields: [
      { name: 'PID', offset: 0, size: 8, text: 'process id, counted from 1 and never used again' },
      {
        name: 'PARENT',
        offset: 8,
        size: 8,
        text: 'process id of the task that spawned it, 0 for init',
      },
      { name: 'STATE', offset: 16, size: 4, text: 'state' },
      { name: 'PRIORITY', offset: 20, size: 4, text: 'priority' },
      { name: 'PAGES', offset: 24, size: 8, text: 'pages it holds, page tables included' },
      { name: 'TIME', offset: 32, size: 8, text: 'processor time in nanoseconds' },
      { name: 'HANDLES', offset: 40, size: 4, text: 'handles in use' },
      { name: 'CODE', offset: 44, size: 4, text: 'exit code, if it has ended' },
      { name: 'SYSCALLS', offset: 48, size: 8, text: 'system calls made' },
      { name: 'PAGE_LIMIT', offset: 56, size: 8, text: 'most pages it may hold' },
      { name: 'NAME', offset: 64, size: 24, text: 'name, filled up with NULs' },
      { name: 'STARTED', offset: 88, size: 8, text: 'nanoseconds since boot when it was spawned' },
    ],
  },
  {
    name: 'REGISTERS',
    title: 'Registers of a task: TASK_REGISTERS',
    size: 272,
    fields: [
      { name: 'X0', offset: 0, size: 8, text: 'x0, then x1 to x30 in the following 30 words' },
      { name: 'SP', offset: 248, size: 8, text: 'sp' },
      { name: 'PC', offset: 256, size: 8, text: 'pc' },
      {
        name: 'PSTATE',
        offset: 264,
        size: 8,
        text: 'condition flags (NZCV); other bits are ignored when written',
      },
    ],
  },
]
