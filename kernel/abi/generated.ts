/** Numbers of the kernel interface. Made by `bun kernel/abi/generate.ts` from the tables in `kernel/abi`: edit those. */
/** Let other tasks of the same priority run. */
export const SYS_YIELD: i32 = 0
/** Send a message and wait until it is received. */
export const SYS_SEND: i32 = 1
/** Receive a message, or a notification whose bits are in `mask`. */
export const SYS_RECV: i32 = 2
/** Send a message and wait for the reply. */
export const SYS_CALL: i32 = 3
/** Reply to the caller received last. */
export const SYS_REPLY: i32 = 4
/** Reply to any caller that waits for this task: deferred reply. */
export const SYS_REPLY_TO: i32 = 5
/** RECV that does not wait. */
export const SYS_NBRECV: i32 = 6
/** Set notification bits of a task; never blocks. */
export const SYS_NOTIFY: i32 = 7
/** Wait for notification bits of the caller. */
export const SYS_WAIT_NOTIFY: i32 = 8
/** Send a message if somebody is receiving. */
export const SYS_NBSEND: i32 = 9
/** Make shared memory. */
export const SYS_SHMCREATE: i32 = 10
/** Map shared or DMA memory. */
export const SYS_SHMMAP: i32 = 11
/** Undo the last SHMMAP (or DEVICE_MAP) of this memory. */
export const SYS_SHMUNMAP: i32 = 12
/** Put a handle of shared memory into the table of another task. */
export const SYS_SHMGRANT: i32 = 13
/** Take shared memory away from everybody else. */
export const SYS_SHMREVOKE: i32 = 14
/** Destroy shared memory now, for everybody. */
export const SYS_SHMDESTROY: i32 = 15
/** REPLY to the caller received last, then RECV: what a server does in its loop. */
export const SYS_REPLY_RECV: i32 = 19
/** Process id of the caller. */
export const SYS_GETPID: i32 = 20
/** Start a program. */
export const SYS_SPAWN: i32 = 21
/** Wait until a task ends. */
export const SYS_WAIT: i32 = 22
/** Copy a handle to the lowest free descriptor. */
export const SYS_DUP: i32 = 23
/** Copy a handle to a given slot; what was there is closed. */
export const SYS_DUP2: i32 = 24
/** End a task. */
export const SYS_KILL: i32 = 25
/** Get a handle of a task by its process id. */
export const SYS_TASK_OPEN: i32 = 26
/** Enable the interrupt of a device. */
export const SYS_IRQ_REGISTER: i32 = 30
/** Wait for the interrupt of a device. */
export const SYS_IRQ_WAIT: i32 = 31
/** Allow the next interrupt of a device. */
export const SYS_IRQ_ACK: i32 = 32
/** Make a device handle from a physical range and an interrupt. */
export const SYS_DEVICE_CREATE: i32 = 33
/** Map the registers of a device. */
export const SYS_DEVICE_MAP: i32 = 34
/** Tell that the device was reset: DMA memory of its former holders may be used again. */
export const SYS_DEVICE_RESET_DONE: i32 = 35
/** Make contiguous memory that a device may access. */
export const SYS_DMA_CREATE: i32 = 36
/** Physical address of DMA memory. */
export const SYS_DMA_PHYSICAL: i32 = 37
/** Make an endpoint. */
export const SYS_ENDPOINT_CREATE: i32 = 40
/** Make a handle of an endpoint whose messages carry a badge: a session. */
export const SYS_ENDPOINT_MINT: i32 = 41
/** Make a handle with which others can set some notification bits of the caller. */
export const SYS_NOTIFICATION_CREATE: i32 = 42
/** Copy a handle with fewer rights. */
export const SYS_HANDLE_COPY: i32 = 43
/** Attach a handle to the next SEND, CALL, REPLY or REPLY_TO. */
export const SYS_HANDLE_ATTACH: i32 = 45
/** Take the handle that came with the message or reply received last. */
export const SYS_HANDLE_TAKE: i32 = 46
/** Lend memory to the server of the next CALL, until it replies. */
export const SYS_LEASE: i32 = 50
/** Copy from the memory a caller has lent. */
export const SYS_LEASE_READ: i32 = 51
/** Copy into the memory a caller has lent. */
export const SYS_LEASE_WRITE: i32 = 52
/** What a caller has lent. */
export const SYS_LEASE_INFO: i32 = 53
/** Close a handle. */
export const SYS_CLOSE: i32 = 57
/** Make a kernel pipe (4 KiB). */
export const SYS_PIPE: i32 = 59
/** Read from a descriptor. */
export const SYS_READ: i32 = 63
/** Write to a descriptor. */
export const SYS_WRITE: i32 = 64
/** Read or write the registers of a task that waits for its fault handler. */
export const SYS_TASK_REGISTERS: i32 = 70
/** Map shared memory into another task: for fault handlers. */
export const SYS_TASK_MAP: i32 = 71
/** Set the priority of a task. */
export const SYS_TASK_PRIORITY: i32 = 72
/** End the caller. */
export const SYS_EXIT: i32 = 93
/** Figures of the system. */
export const SYS_SYSINFO: i32 = 100
/** About a task: call with 0, then with result + 1, until ENOENT. */
export const SYS_TASKINFO: i32 = 101
/** Read the kernel log. */
export const SYS_LOG_READ: i32 = 102
/** Read a clock. */
export const SYS_CLOCK: i32 = 113
/** Set the timer of the caller: it sets notification bits once. */
export const SYS_TIMER_SET: i32 = 114
/** Sleep. */
export const SYS_NANOSLEEP: i32 = 115
/** Switch the machine off or start it again. */
export const SYS_REBOOT: i32 = 142
/** Put a copy of a handle into the table of another task. */
export const SYS_HANDLE_GIVE: i32 = 200
/** What a handle stands for. */
export const SYS_HANDLE_INFO: i32 = 202
/** Set the end of the heap. */
export const SYS_BRK: i32 = 214
/** Unmap a whole mapping made by MMAP. */
export const SYS_MUNMAP: i32 = 215
/** Map fresh zero pages. */
export const SYS_MMAP: i32 = 222
/** Change the protection of pages the caller owns. */
export const SYS_MPROTECT: i32 = 226
/** The handle lacks the right for this */
export const EPERM: i32 = 1
/** No such file or entry */
export const ENOENT: i32 = 2
/** The task is gone, or does not wait for this */
export const ESRCH: i32 = 3
/** Interrupted */
export const EINTR: i32 = 4
/** Input or output error */
export const EIO: i32 = 5
/** Arguments or environment too long */
export const E2BIG: i32 = 7
/** Not a static AArch64 ELF program */
export const ENOEXEC: i32 = 8
/** No handle in this slot, or of another kind */
export const EBADF: i32 = 9
/** No task to wait for */
export const ECHILD: i32 = 10
/** Would have to wait */
export const EAGAIN: i32 = 11
/** Out of memory, or the limit of the task is reached */
export const ENOMEM: i32 = 12
/** Access not permitted */
export const EACCES: i32 = 13
/** Bad address */
export const EFAULT: i32 = 14
/** In use */
export const EBUSY: i32 = 16
/** Exists already */
export const EEXIST: i32 = 17
/** On another file system */
export const EXDEV: i32 = 18
/** No such device */
export const ENODEV: i32 = 19
/** Not a directory */
export const ENOTDIR: i32 = 20
/** Is a directory */
export const EISDIR: i32 = 21
/** Invalid argument */
export const EINVAL: i32 = 22
/** A table of the kernel or server is full */
export const ENFILE: i32 = 23
/** The handle table of the task is full */
export const EMFILE: i32 = 24
/** Not a console */
export const ENOTTY: i32 = 25
/** File too large */
export const EFBIG: i32 = 27
/** No space left */
export const ENOSPC: i32 = 28
/** Cannot seek in this */
export const ESPIPE: i32 = 29
/** Read-only file system */
export const EROFS: i32 = 30
/** Nobody is left to receive this */
export const EPIPE: i32 = 32
/** Out of range */
export const ERANGE: i32 = 34
/** Name too long */
export const ENAMETOOLONG: i32 = 36
/** No such call or message */
export const ENOSYS: i32 = 38
/** Directory not empty */
export const ENOTEMPTY: i32 = 39
/** Too many levels */
export const ELOOP: i32 = 40
/** The other side broke the protocol */
export const EPROTO: i32 = 71
/** Value too large */
export const EOVERFLOW: i32 = 75
/** Message too long */
export const EMSGSIZE: i32 = 90
/** Timed out */
export const ETIMEDOUT: i32 = 110
/** Cancelled */
export const ECANCELED: i32 = 125
/** The server died before it replied: the call may be repeated */
export const EOWNERDEAD: i32 = 130
/** Empty slot */
export const KIND_NONE: i32 = 0
/** A place to call; its holder with RECV is the server */
export const KIND_ENDPOINT: i32 = 1
/** Shared memory */
export const KIND_SHM: i32 = 2
/** Some bits of the notification word of one task */
export const KIND_NOTIFICATION: i32 = 3
/** Device registers and at most one interrupt */
export const KIND_DEVICE: i32 = 4
/** Contiguous memory whose physical address may be read */
export const KIND_DMA: i32 = 5
/** A task */
export const KIND_TASK: i32 = 6
/** One end of a kernel pipe */
export const KIND_PIPE: i32 = 7
/** The kernel log: write appends (and shows it on the boot UART), LOG_READ reads */
export const KIND_LOG: i32 = 8
/** Authority over the machine: MANAGE makes devices, WRITE ends it, READ opens tasks */
export const KIND_ROOT: i32 = 9
/** read(), map readable, TASK_REGISTERS read; root: TASK_OPEN */
export const RIGHT_READ: i32 = 1
/** write(), map writable, TASK_REGISTERS write; root: REBOOT */
export const RIGHT_WRITE: i32 = 2
/** endpoint: SEND, CALL, NBSEND */
export const RIGHT_SEND: i32 = 4
/** endpoint: RECV, NBRECV */
export const RIGHT_RECV: i32 = 8
/** notification, task: NOTIFY */
export const RIGHT_NOTIFY: i32 = 16
/** may be given to another task (attach, give, spawn) */
export const RIGHT_TRANSFER: i32 = 32
/** endpoint: mint; shm: revoke, destroy; device: DMA, interrupts; task: kill, give, map, priority; root: DEVICE_CREATE */
export const RIGHT_MANAGE: i32 = 64
/** task: WAIT */
export const RIGHT_WAIT: i32 = 128
/** shm: map executable (never together with writable) */
export const RIGHT_EXEC: i32 = 256
/** every right */
export const RIGHT_ALL: i32 = 511
/** Standard input */
export const SLOT_STDIN: i32 = 0
/** Standard output */
export const SLOT_STDOUT: i32 = 1
/** Standard error */
export const SLOT_STDERR: i32 = 2
/** First well-known slot */
export const SLOT_WELL_KNOWN: i32 = 32
/** Console server */
export const SLOT_CONSOLE: i32 = 33
/** init: names of services, tasks */
export const SLOT_INIT: i32 = 34
/** File server */
export const SLOT_VFS: i32 = 35
/** Block device server */
export const SLOT_BLKDEV: i32 = 36
/** Network device server */
export const SLOT_NETDEV: i32 = 37
/** Pipe server */
export const SLOT_PIPESERV: i32 = 38
/** The device of a driver, put there by init */
export const SLOT_DEVICE: i32 = 57
/** Own endpoint of a server, with RECV: what RECV from -1 receives on */
export const SLOT_SELF: i32 = 59
/** Kernel log */
export const SLOT_LOG: i32 = 60
/** Flattened device tree, read-only shared memory (init) */
export const SLOT_DEVICE_TREE: i32 = 61
/** Boot archive (cpio newc), read-only shared memory (init, vfs) */
export const SLOT_BOOT_ARCHIVE: i32 = 62
/** Authority over the machine (init; parts of it where needed) */
export const SLOT_ROOT: i32 = 63
/** First slot the kernel gives out */
export const SLOT_DYNAMIC: i32 = 64
/** tasks, ended ones with open handles included */
export const MAX_TASKS: i32 = 128
/** handles of a task */
export const MAX_HANDLES: i32 = 256
/** descriptors of a task: slots 0 to 31 */
export const MAX_DESCRIPTORS: i32 = 32
/** endpoints */
export const MAX_ENDPOINTS: i32 = 256
/** minted endpoints with a badge */
export const MAX_SESSIONS: i32 = 1024
/** shared memory and DMA regions */
export const MAX_SHMS: i32 = 256
/** kernel pipes */
export const MAX_PIPES: i32 = 128
/** device handles made */
export const MAX_DEVICES: i32 = 64
/** mapped regions of a task, program segments included */
export const MAX_MAPPINGS: i32 = 64
/** bytes of arguments and environment together */
export const MAX_ARGUMENT_BYTES: i32 = 16384
/** arguments and environment entries together */
export const MAX_ARGUMENTS: i32 = 512
/** size of a program file */
export const MAX_ELF_BYTES: i32 = 16777216
/** highest priority; 0 is the lowest, 4 that of init */
export const MAX_PRIORITY: i32 = 7
/** handles a spawn can install */
export const MAX_SPAWN_HANDLES: i32 = 64
/** bytes of a task name that are kept */
export const MAX_NAME_BYTES: i32 = 24
/** readable */
export const PROT_READ: i32 = 1
/** writable */
export const PROT_WRITE: i32 = 2
/** executable */
export const PROT_EXEC: i32 = 4
/** slot not in use */
export const STATE_FREE: i32 = 0
/** runs or could run */
export const STATE_READY: i32 = 1
/** waits for a receiver */
export const STATE_SENDING: i32 = 2
/** waits for a receiver, then for the reply */
export const STATE_CALLING: i32 = 3
/** waits for a reply */
export const STATE_REPLY: i32 = 4
/** waits for a message or notification */
export const STATE_RECEIVING: i32 = 5
/** waits for a notification */
export const STATE_NOTIFICATION: i32 = 6
/** sleeps */
export const STATE_SLEEPING: i32 = 7
/** waits for a task to end */
export const STATE_WAITING: i32 = 8
/** waits for a pipe */
export const STATE_PIPE: i32 = 9
/** waits for an interrupt */
export const STATE_INTERRUPT: i32 = 10
/** waits for its fault handler to receive the fault */
export const STATE_FAULTED: i32 = 11
/** is being made by spawn */
export const STATE_EMBRYO: i32 = 12
/** is being taken down */
export const STATE_EXITING: i32 = 13
/** has ended; its status can be waited for */
export const STATE_DEAD: i32 = 14
/** it called EXIT */
export const REASON_EXIT: i32 = 0
/** a fault nobody handled; the code is 128 + the usual signal number */
export const REASON_FAULT: i32 = 1
/** KILL; the code is what the killer gave */
export const REASON_KILLED: i32 = 2
/** BRK, a trap of compiled code or abort; the code is 133 */
export const REASON_TRAP: i32 = 3
/** to read */
export const OPEN_READ: i32 = 1
/** to write */
export const OPEN_WRITE: i32 = 2
/** make the file if it does not exist */
export const OPEN_CREATE: i32 = 4
/** with CREATE: EEXIST if it exists */
export const OPEN_EXCLUSIVE: i32 = 8
/** empty the file */
export const OPEN_TRUNCATE: i32 = 16
/** every write goes to the end */
export const OPEN_APPEND: i32 = 32
/** ENOTDIR if it is no directory */
export const OPEN_DIRECTORY: i32 = 64
/** file */
export const TYPE_FILE: i32 = 0
/** directory */
export const TYPE_DIRECTORY: i32 = 1
/** device */
export const TYPE_DEVICE: i32 = 2
/** edited lines with echo */
export const MODE_LINES: i32 = 0
/** bytes as they come, Ctrl-C included */
export const MODE_RAW: i32 = 1
/** edited lines without echo */
export const MODE_SILENT: i32 = 2
/** RECV: own endpoint (slot 59); WAIT: any task; slot argument: lowest free slot from 64 */
export const ANY: i32 = -1
/** slot argument: lowest free descriptor */
export const LOWEST_DESCRIPTOR: i32 = -2
/** task argument: the caller */
export const MYSELF: i32 = -1
/** WAIT: return EAGAIN instead of waiting */
export const WAIT_NOHANG: i32 = 1
/** HANDLE_ATTACH: the handle leaves the sender when the message is delivered */
export const ATTACH_MOVE: i32 = 1
/** DMA_CREATE: map the memory uncached */
export const DMA_UNCACHED: i32 = 1
/** REBOOT: switch the machine off */
export const POWER_OFF: i32 = 0
/** REBOOT: start it again */
export const POWER_RESET: i32 = 1
/** CLOCK: nanoseconds since 1970, 0 at boot when there is no clock chip */
export const CLOCK_REALTIME: i32 = 0
/** CLOCK: nanoseconds since boot */
export const CLOCK_MONOTONIC: i32 = 1
/** CLOCK: processor time of the caller */
export const CLOCK_TASK: i32 = 2
/** TASK_REGISTERS: read them */
export const REGISTERS_READ: i32 = 0
/** TASK_REGISTERS: write them */
export const REGISTERS_WRITE: i32 = 1
/** SYSINFO: uptime, memory, tasks, idle time */
export const SYSINFO_MEMORY: i32 = 0
/** SYSINFO: processor, timer, interrupt controller */
export const SYSINFO_MACHINE: i32 = 1
/** SYSINFO: objects in use */
export const SYSINFO_OBJECTS: i32 = 2
/** size of a page */
export const PAGE_BYTES: i32 = 4096
/** Spawn block: third argument of SPAWN */
export const SPAWN_BYTES: i32 = 104
/** address of the arguments: strings that end with NUL, one after the other */
export const SPAWN_BLOCK_ARGS: i32 = 0
/** their bytes, NULs included */
export const SPAWN_BLOCK_ARGS_BYTES: i32 = 8
/** address of the environment: NAME=value strings in the same form */
export const SPAWN_BLOCK_ENV: i32 = 16
/** their bytes, NULs included */
export const SPAWN_BLOCK_ENV_BYTES: i32 = 24
/** address of the handles to install: entries as below */
export const SPAWN_BLOCK_HANDLES: i32 = 32
/** number of entries */
export const SPAWN_BLOCK_HANDLE_COUNT: i32 = 40
/** handle (SEND) of the endpoint that receives faults as messages, or -1 */
export const SPAWN_BLOCK_FAULT_ENDPOINT: i32 = 48
/** 0 to the priority of the caller, or -1 for the same */
export const SPAWN_BLOCK_PRIORITY: i32 = 56
/** most pages the task may hold, or 0 for what the caller may hold */
export const SPAWN_BLOCK_PAGE_LIMIT: i32 = 64
/** size of the stack, or 0 for 256 KiB; at most 8 MiB */
export const SPAWN_BLOCK_STACK_BYTES: i32 = 72
/** address of the name, or 0 for the last part of the first argument */
export const SPAWN_BLOCK_NAME: i32 = 80
/** its bytes */
export const SPAWN_BLOCK_NAME_BYTES: i32 = 88
/** 0 */
export const SPAWN_BLOCK_FLAGS: i32 = 96
/** Entry of the handles a spawn installs */
export const SPAWN_HANDLE_BYTES: i32 = 16
/** slot in the new task, 0 to 255 */
export const SPAWN_HANDLE_BLOCK_SLOT: i32 = 0
/** handle of the caller (TRANSFER) */
export const SPAWN_HANDLE_BLOCK_HANDLE: i32 = 4
/** rights to keep, 511 for all the caller has */
export const SPAWN_HANDLE_BLOCK_RIGHTS: i32 = 8
/** 0 */
export const SPAWN_HANDLE_BLOCK_FLAGS: i32 = 12
/** Result of TASKINFO */
export const TASKINFO_BYTES: i32 = 96
/** process id, counted from 1 and never used again */
export const TASKINFO_BLOCK_PID: i32 = 0
/** process id of the task that spawned it, 0 for init */
export const TASKINFO_BLOCK_PARENT: i32 = 8
/** state */
export const TASKINFO_BLOCK_STATE: i32 = 16
/** priority */
export const TASKINFO_BLOCK_PRIORITY: i32 = 20
/** pages it holds, page tables included */
export const TASKINFO_BLOCK_PAGES: i32 = 24
/** processor time in nanoseconds */
export const TASKINFO_BLOCK_TIME: i32 = 32
/** handles in use */
export const TASKINFO_BLOCK_HANDLES: i32 = 40
/** exit code, if it has ended */
export const TASKINFO_BLOCK_CODE: i32 = 44
/** system calls made */
export const TASKINFO_BLOCK_SYSCALLS: i32 = 48
/** most pages it may hold */
export const TASKINFO_BLOCK_PAGE_LIMIT: i32 = 56
/** name, filled up with NULs */
export const TASKINFO_BLOCK_NAME: i32 = 64
/** nanoseconds since boot when it was spawned */
export const TASKINFO_BLOCK_STARTED: i32 = 88
/** Registers of a task: TASK_REGISTERS */
export const REGISTERS_BYTES: i32 = 272
/** x0, then x1 to x30 in the following 30 words */
export const REGISTERS_BLOCK_X0: i32 = 0
/** sp */
export const REGISTERS_BLOCK_SP: i32 = 248
/** pc */
export const REGISTERS_BLOCK_PC: i32 = 256
/** condition flags (NZCV); other bits are ignored when written */
export const REGISTERS_BLOCK_PSTATE: i32 = 264
/** Write up to 24 bytes. */
export const CONSOLE_WRITE: i32 = 1
/** End the server (needs its MANAGE session; others get EPERM). */
export const CONSOLE_EXIT: i32 = 2
/** Raw or line mode. */
export const CONSOLE_SET_MODE: i32 = 3
/** Say whom Ctrl-C ends or notifies while nobody reads a line with READ_LINE. */
export const CONSOLE_SET_FOREGROUND: i32 = 4
/** Size of the terminal. */
export const CONSOLE_GET_SIZE: i32 = 5
/** A session of its own. */
export const CONSOLE_OPEN: i32 = 6
/** Read a line that is edited with history. The row the cursor stands on is its prompt. */
export const CONSOLE_READ_LINE: i32 = 7
/** Write from shared memory. */
export const CONSOLE_SHM_WRITE: i32 = 10
/** Give shared memory. */
export const CONSOLE_ATTACH_SHM: i32 = 11
/** Open a file. The short form opens for reading and gives a number for 101-103 and 110. */
export const VFS_OPEN: i32 = 100
/** Close an open file. */
export const VFS_CLOSE: i32 = 101
/** Read up to 32 bytes. */
export const VFS_READ: i32 = 102
/** Write from lent memory. */
export const VFS_WRITE: i32 = 103
/** About a file. */
export const VFS_STAT: i32 = 104
/** Make a directory. */
export const VFS_MKDIR: i32 = 105
/** One entry of a directory, by path. */
export const VFS_READDIR: i32 = 106
/** Remove a file or an empty directory. */
export const VFS_UNLINK: i32 = 107
/** Rename; an existing file of the new name is replaced. */
export const VFS_RENAME: i32 = 108
/** Read into shared memory. */
export const VFS_READ_SHM: i32 = 110
/** Write from shared memory. */
export const VFS_WRITE_SHM: i32 = 111
/** Give shared memory. */
export const VFS_ATTACH_SHM: i32 = 112
/** Write everything to the disks. */
export const VFS_SYNC: i32 = 113
/** Mount a file system. */
export const VFS_MOUNT: i32 = 114
/** Unmount. */
export const VFS_UMOUNT: i32 = 115
/** One mount, by index. */
export const VFS_MOUNTS: i32 = 116
/** Set the size of a file. */
export const VFS_TRUNCATE: i32 = 117
/** Set the time of change. */
export const VFS_UTIME: i32 = 118
/** Read sectors. */
export const BLKDEV_READ: i32 = 200
/** Write sectors. */
export const BLKDEV_WRITE: i32 = 201
/** About the device. */
export const BLKDEV_INFO: i32 = 202
/** Give shared memory. */
export const BLKDEV_ATTACH_SHM: i32 = 203
/** Write what the device holds back. */
export const BLKDEV_FLUSH: i32 = 204
/** Send a frame. */
export const NETDEV_SEND: i32 = 300
/** Take a received frame. */
export const NETDEV_RECV: i32 = 301
/** About the device. */
export const NETDEV_INFO: i32 = 302
/** Give shared memory. */
export const NETDEV_ATTACH_SHM: i32 = 303
/** Be notified when frames arrive or the link changes. */
export const NETDEV_SUBSCRIBE: i32 = 304
/** Make a pipe. */
export const PIPESERV_CREATE: i32 = 500
/** Read; waits for bytes. */
export const PIPESERV_READ: i32 = 501
/** Write; waits for room. */
export const PIPESERV_WRITE: i32 = 502
/** Close one end. */
export const PIPESERV_CLOSE: i32 = 503
/** Open one end once more. */
export const PIPESERV_DUP: i32 = 504
/** Give shared memory. */
export const PIPESERV_ATTACH_SHM: i32 = 505
/** A pipe as two streams. */
export const PIPESERV_OPEN: i32 = 506
/** Read at the position. */
export const STREAM_READ: i32 = 600
/** Write at the position. */
export const STREAM_WRITE: i32 = 601
/** From the kernel, without reply: the last handle of the session (badge) was closed. */
export const STREAM_CLOSED: i32 = 602
/** Move the position. */
export const STREAM_SEEK: i32 = 603
/** About the open file. */
export const STREAM_STAT: i32 = 604
/** Set the size. */
export const STREAM_TRUNCATE: i32 = 605
/** Write the file to the disk. */
export const STREAM_SYNC: i32 = 606
/** Next entry of an open directory. */
export const STREAM_READDIR: i32 = 607
/** Read at an offset; the position stays. */
export const STREAM_READ_AT: i32 = 608
/** Write at an offset; the position stays. */
export const STREAM_WRITE_AT: i32 = 609
/** A service by name. */
export const INIT_LOOKUP: i32 = 700
/** One service, by index. */
export const INIT_SERVICES: i32 = 701
/** End a task by its process id. */
export const INIT_KILL: i32 = 702
/** Sync, then end the machine. */
export const INIT_SHUTDOWN: i32 = 703
/** Restart a service. */
export const INIT_RESTART: i32 = 704
/** A task faulted. */
export const FAULT_FAULT: i32 = 800
