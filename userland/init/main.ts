/**
 * init: the first task. Makes the device handles from the device tree, starts the servers and the shell, and keeps them
 * running (service.ts). It answers by name which services there are, and ends tasks and the machine for those who may ask.
 *
 * It calls no server that it watches: a server that hangs must not hang init. What needs one (mounting, syncing) is done by a
 * program that runs once.
 */
import {
  Answer,
  attach,
  close,
  createEndpoint,
  dup2,
  errorText,
  isOpen,
  kill,
  LATER,
  Message,
  mapError,
  mapShared,
  pid,
  readLease,
  replyTo,
  Server,
  setTimer,
  uptime,
  writeLease,
} from '../libkenix'
import {
  EINVAL,
  ENOENT,
  EPERM,
  ESRCH,
  INIT_KILL,
  INIT_LOOKUP,
  INIT_RESTART,
  INIT_SERVICES,
  INIT_SHUTDOWN,
  POWER_RESET,
  PROT_READ,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  SLOT_BLKDEV,
  SLOT_BOOT_ARCHIVE,
  SLOT_CONSOLE,
  SLOT_DEVICE,
  SLOT_DEVICE_TREE,
  SLOT_INIT,
  SLOT_LOG,
  SLOT_NETDEV,
  SLOT_PIPESERV,
  SLOT_ROOT,
  SLOT_SELF,
  SLOT_STDERR,
  SLOT_STDIN,
  SLOT_STDOUT,
  SLOT_VFS,
  STREAM_CLOSED,
  SYS_HANDLE_INFO,
  SYS_REBOOT,
  SYS_TASK_OPEN,
} from '../libkenix/generated/abi'
import { exit } from '../libkenix/stdio'
import { result, syscall, syscallMany } from '../libkenix/syscall'
import { DeviceTree } from './device-tree'
import { createDevice, findVirtio, VIRTIO_BLOCK, VIRTIO_NET } from './devices'
import { CLIENT_RIGHTS, Service, say } from './service'

/** Notification bit of the timer. */
const TIMER: i64 = 1

/** How long a shutdown waits for the disks, in nanoseconds. */
const SYNC_TIME: i64 = 10000000000

/** Exit code of a task that KILL or RESTART ended: 128 and SIGTERM. */
const TERMINATED: i32 = 143

/** Slots of the file server for further disks and links. */
const FURTHER: i32 = 40
let nextSlot: i32 = FURTHER

const NAME_BYTES: i32 = 64
const name = memory.data(64, 8)

const services: Service[] = []
let archive: usize = 0
let archiveBytes: i32 = 0
let endpoint: i32 = -1
let vfs: Service | null = null
let shell: Service | null = null
/** How the machine is to end, or -1; and when at the latest. */
let ending: i32 = -1
let endingDue: i64 = 0

/** Maps shared memory that the kernel gave; its size is in `mappedBytes`. */
let mappedBytes: i32 = 0
function mapGiven(slot: i32): usize {
  if (syscallMany(SYS_HANDLE_INFO, slot) < 0) return 0
  mappedBytes = result(2) as i32
  const address = mapShared(slot, mappedBytes, PROT_READ)
  if (address === 0) say(`cannot map slot ${slot}: ${errorText(mapError)}`)
  return address
}

function add(service: Service): Service {
  services.push(service)
  return service
}

function start(service: Service): void {
  service.start(archive, archiveBytes, endpoint, services.indexOf(service) + 1)
}

/** Services by the devices that there are. */
function plan(tree: DeviceTree): void {
  const uart = tree.console()
  if (uart === null) say('the device tree names no PL011: there is no console')
  else {
    const service = add(new Service('console', 'console'))
    service.serves(SLOT_CONSOLE)
    service.device = createDevice(uart)
    if (service.device < 0) say(`cannot use ${uart.path}: ${errorText(service.device)}`)
  }
  add(new Service('pipeserv', 'pipeserv')).serves(SLOT_PIPESERV)
  const virtio = findVirtio(tree.all('virtio,mmio'))
  let disks = 0
  let links = 0
  for (let i = 0; i < virtio.length; i++) {
    const isDisk = virtio[i].type === VIRTIO_BLOCK
    if (!isDisk && virtio[i].type !== VIRTIO_NET) {
      close(virtio[i].handle)
      continue
    }
    const number = isDisk ? disks++ : links++
    const kind = isDisk ? 'blkdev' : 'netdev'
    if (nextSlot >= SLOT_DEVICE) continue
    const service = add(new Service(number === 0 ? kind : kind + number.toString(), kind))
    service.serves(isDisk ? SLOT_BLKDEV : SLOT_NETDEV)
    // Of several disks or links all but the first are known to the file server only.
    if (number > 0) service.slot = nextSlot++
    service.device = virtio[i].handle
  }
  planFiles(disks)
}

/** The file server, the mounts and the shell, which have what was planned before as their services. */
function planFiles(disks: i32): void {
  const files = add(new Service('vfs', 'vfs'))
  giveServices(files)
  files.serves(SLOT_VFS)
  files.install(SLOT_BOOT_ARCHIVE, SLOT_BOOT_ARCHIVE)
  vfs = files
  // The first disk the file server mounts itself.
  for (let i = 1; i < disks; i++) {
    const mount = add(new Service(`mount${i}`, 'mount'))
    mount.args = ['mount', '-q', '-t', 'fat32', `blkdev${i}`, `/mnt${i}`]
    mount.once = true
    giveServices(mount)
  }
  const sync = add(new Service('sync', 'sync'))
  sync.once = true
  giveServices(sync)
  const user = add(new Service('sh', 'sh'))
  user.args = ['sh', '-l']
  user.env = ['PATH=/bin', 'HOME=/', 'PWD=/', 'TERM=xterm']
  user.logs = false
  giveServices(user)
  shell = user
}

/** Gives a program the clients' handles of what was planned before it. */
function giveServices(service: Service): void {
  for (let i = 0; i < services.length; i++) {
    const other = services[i]
    if (other === service || other.slot < 0) continue
    if (other.slot < FURTHER || service.name === 'vfs') service.install(other.slot, other.client)
  }
  service.install(SLOT_INIT, endpoint, RIGHT_SEND | RIGHT_TRANSFER)
  service.install(SLOT_LOG, SLOT_LOG)
}

/** Once everything is planned, the shell gets the console. */
function giveTerminal(service: Service): void {
  const console = find('console')
  const terminal = console === null ? SLOT_LOG : console.client
  service.install(SLOT_STDIN, terminal)
  service.install(SLOT_STDOUT, terminal)
  service.install(SLOT_STDERR, terminal)
}

function find(wanted: string): Service | null {
  for (let i = 0; i < services.length; i++) if (services[i].name === wanted) return services[i]
  return null
}

function isMount(service: Service): bool {
  return service.args[0] === 'mount'
}

/** Starts the mounts, or the shell when there is nothing to mount. */
function startMounts(): void {
  let any = false
  for (let i = 0; i < services.length; i++) {
    if (!isMount(services[i]) || services[i].running) continue
    start(services[i])
    if (services[i].running) any = true
  }
  if (!any) startShell()
}

/** Starts the shell, when all mounts are done. */
function startShell(): void {
  for (let i = 0; i < services.length; i++) if (isMount(services[i]) && services[i].running) return
  const user = shell
  if (user !== null && !user.running && user.due === 0) start(user)
}

/** Starts what is due, and sets the timer for what is due next. */
function startDue(): void {
  let next: i64 = endingDue
  for (let i = 0; i < services.length; i++) {
    const service = services[i]
    if (service.due !== 0 && service.due <= uptime()) {
      start(service)
      // A new file server knows no mounts.
      if (service === vfs && service.running) startMounts()
    }
    if (service.due !== 0 && (next === 0 || service.due < next)) next = service.due
  }
  setTimer(next, next === 0 ? 0 : TIMER)
}

function onTimer(_bits: i64): void {
  if (endingDue !== 0 && uptime() >= endingDue) endMachine()
  startDue()
}

function onClosed(message: Message, _answer: Answer): i64 {
  const index = message.badge - 1
  if (index < 0 || index >= services.length || !services[index].running) return 0
  const service = services[index]
  service.ended()
  if (isMount(service)) startShell()
  if (service.name === 'sync' && ending >= 0) endMachine()
  startDue()
  return 0
}

// Messages of clients.

/** The name that a caller has lent, or empty. */
function lentName(message: Message): string {
  const length = message.d1
  if (length < 1 || length > NAME_BYTES) return ''
  if (readLease(message.sender, 0, name, length as i32) !== length) return ''
  return String.UTF8.decodeUnsafe(name, length as i32)
}

function onLookup(message: Message, _answer: Answer): i64 {
  const service = find(lentName(message))
  if (service === null || service.client < 0) return -ENOENT
  return attach(service.client, CLIENT_RIGHTS)
}

/** One of the services that are restarted; those that run once are none. */
function onServices(message: Message, answer: Answer): i64 {
  let index = message.d0
  for (let i = 0; i < services.length; i++) {
    const service = services[i]
    if (service.once || index-- > 0) continue
    const text = String.UTF8.encode(service.name)
    writeLease(message.sender, 0, changetype<usize>(text), text.byteLength)
    answer.d0 = service.pid
    answer.d1 = service.restarts
    answer.d2 = service.running ? 1 : 0
    return text.byteLength
  }
  return 0
}

function onKill(message: Message, _answer: Answer): i64 {
  if (message.d1 < 0 || message.d1 > 255) return -EINVAL
  if (message.d0 < 1) return -ESRCH
  if (message.d0 === pid()) return -EPERM
  const task = syscall(SYS_TASK_OPEN, SLOT_ROOT, message.d0) as i32
  if (task < 0) return task
  const error = kill(task, message.d1 as i32)
  close(task)
  return error
}

function onRestart(message: Message, _answer: Answer): i64 {
  const service = find(lentName(message))
  if (service === null || service.once) return -ENOENT
  return service.running ? kill(service.task, TERMINATED) : 0
}

function onShutdown(message: Message, _answer: Answer): i64 {
  if (message.d0 < 0 || message.d0 > POWER_RESET) return -EINVAL
  if (ending >= 0) return 0
  ending = message.d0 as i32
  replyTo(message.sender, 0)
  const sync = find('sync')
  if (sync !== null) start(sync)
  if (sync === null || !sync.running) endMachine()
  endingDue = uptime() + SYNC_TIME
  startDue()
  return LATER
}

function endMachine(): void {
  say(ending === POWER_RESET ? 'the machine starts again' : 'the machine is switched off')
  const error = syscall(SYS_REBOOT, SLOT_ROOT, ending)
  say(`cannot end the machine: ${errorText(error)}`)
  ending = -1
  endingDue = 0
}

export function main(): i32 {
  if (!isOpen(SLOT_STDOUT)) dup2(SLOT_LOG, SLOT_STDOUT)
  if (!isOpen(SLOT_STDERR)) dup2(SLOT_LOG, SLOT_STDERR)
  archive = mapGiven(SLOT_BOOT_ARCHIVE)
  archiveBytes = mappedBytes
  const tree = mapGiven(SLOT_DEVICE_TREE)
  endpoint = createEndpoint()
  if (archive === 0 || endpoint < 0 || dup2(endpoint, SLOT_SELF) < 0) {
    say('there is no boot archive, or no endpoint: nothing can be started')
    exit(1)
  }
  plan(new DeviceTree(tree, tree === 0 ? 0 : mappedBytes))
  giveTerminal(shell!)
  for (let i = 0; i < services.length; i++) {
    if (!services[i].once && services[i] !== shell) start(services[i])
  }
  startMounts()
  startDue()
  const server = new Server()
  server.onNotification(TIMER, onTimer)
  server.on(STREAM_CLOSED, onClosed)
  server.on(INIT_LOOKUP, onLookup)
  server.on(INIT_SERVICES, onServices)
  server.on(INIT_KILL, onKill)
  server.on(INIT_RESTART, onRestart)
  server.on(INIT_SHUTDOWN, onShutdown)
  say(`cannot receive: ${errorText(server.run())}`)
  return 1
}
