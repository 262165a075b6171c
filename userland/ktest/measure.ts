/**
 * Operations whose cost is measured from outside, in retired instructions (test/kenix/counts.ts): each is announced by a line
 * "measure NAME" and then done a few times, so that the last times find everything as it is in the long run. `ktest --measure` as the
 * first program does them all.
 */
import {
  MYSELF,
  POWER_OFF,
  REASON_FAULT,
  RIGHT_SEND,
  RIGHT_TRANSFER,
  SLOT_ROOT,
  SLOT_SELF,
  SPAWN_BLOCK_FAULT_ENDPOINT,
  SPAWN_BLOCK_PRIORITY,
  STATE_INTERRUPT,
  STATE_NOTIFICATION,
  SYS_DEVICE_CREATE,
  SYS_DEVICE_MAP,
  SYS_GETPID,
  SYS_MMAP,
  SYS_MUNMAP,
  SYS_PIPE,
  SYS_READ,
  SYS_REBOOT,
  SYS_TASK_PRIORITY,
  SYS_WRITE,
  SYS_YIELD,
} from '../libkenix/generated/abi'
import { close } from '../libkenix/handle'
import { load32, store32, store64 } from '../libkenix/imports/mem64'
import { call, createEndpoint, mint, notify } from '../libkenix/ipc'
import { kill, wait } from '../libkenix/process'
import { flush, print } from '../libkenix/stdio'
import { result, syscall, syscallMany } from '../libkenix/syscall'
import { Block } from './block'
import { granted } from './check'
import { Child, ends, Served, startElf } from './child'
import { Code, Elf } from './elf'
import { b, UDF } from './instructions'
import { ADD } from './roles'
import { DEVICE } from './slots'

const TIMES: i32 = 6
/** Register 8 of a program that faults: it tells its fault from system calls. */
const FAULT_MARK: u64 = 1000

/** Clock chip of machine virt. */
const RTC: i64 = 0x901_0000
const RTC_INTERRUPT: i64 = 34
const RTC_MATCH: u64 = 4
const RTC_MASK: u64 = 0x10

/** Announces what comes. */
function announce(name: string): void {
  // Output to the log takes long: it must be over.
  print(`measure ${name}\n`)
  flush()
}

function end(task: i32): void {
  kill(task, 9)
  wait(task)
  close(task)
}

/** A program that makes one system call for ever. */
function repeats(number: i32): Elf {
  const code = new Code().call(number)
  return new Elf(code.add(b(-2)))
}

function measureCalls(): void {
  announce('null')
  for (let i = 0; i < TIMES; i++) syscall(SYS_GETPID)
  const other = startElf(repeats(SYS_YIELD))
  announce('yield')
  for (let i = 0; i < TIMES; i++) syscall(SYS_YIELD)
  end(other)
  const served = new Served()
  announce('call')
  for (let i = 0; i < TIMES; i++) call(served.port, ADD, 1, 2, 3, 4)
  served.stop()
}

/** The tasks that are woken must be of higher priority: this one lowers its own. */
function measureWaking(): void {
  const device = granted(
    syscall(SYS_DEVICE_CREATE, SLOT_ROOT, RTC, 4096, RTC_INTERRUPT),
    'device',
  ) as i32
  const driver = new Child('driver').give(DEVICE, device).start().until(STATE_INTERRUPT)
  const listener = new Child('listener').start().until(STATE_NOTIFICATION)
  const at = granted(syscall(SYS_DEVICE_MAP, device), 'map') as u64
  syscall(SYS_TASK_PRIORITY, MYSELF, 3)
  announce('interrupt')
  for (let i = 0; i < TIMES; i++) {
    // A match with the present second raises the interrupt at once.
    store32(at + RTC_MASK, 1)
    store32(at + RTC_MATCH, load32(at))
  }
  announce('notify')
  for (let i = 0; i < TIMES; i++) notify(listener.task, 1)
  driver.stop()
  listener.stop()
  close(device)
}

function measureFault(): void {
  const endpoint = createEndpoint()
  const handler = new Child('handler').give(SLOT_SELF, endpoint).start()
  const session = mint(endpoint, 1, RIGHT_SEND | RIGHT_TRANSFER)
  const elf = new Elf(new Code().set(8, FAULT_MARK).add(UDF))
  const block = new Block().set(SPAWN_BLOCK_FAULT_ENDPOINT, session)
  announce('fault')
  for (let i = 0; i < TIMES; i++) {
    ends(granted(block.spawn(elf), 'spawn') as i32, 132, REASON_FAULT)
  }
  handler.stop()
  close(session)
  close(endpoint)
}

function measureMemory(): void {
  const at: i64 = 0x6_0000_0000
  announce('map')
  for (let i = 0; i < TIMES; i++) {
    granted(syscall(SYS_MMAP, at, 4096, 3), 'map')
    store64(at as u64, 1)
    granted(syscall(SYS_MUNMAP, at), 'unmap')
  }
  const reader = granted(syscallMany(SYS_PIPE), 'pipe') as i32
  const writer = result(1) as i32
  const data = memory.data(16, 8)
  announce('pipe')
  for (let i = 0; i < TIMES; i++) {
    syscall(SYS_WRITE, writer, data, 8)
    syscall(SYS_READ, reader, data, 8)
  }
  close(reader)
  close(writer)
}

function measureSpawn(): void {
  const elf = new Elf(new Code().exit(0))
  const block = new Block().set(SPAWN_BLOCK_PRIORITY, 1)
  announce('spawn')
  for (let i = 0; i < 3; i++) {
    ends(granted(block.spawn(elf), 'spawn') as i32, 0)
  }
}

/** Does them all, and switches the machine off. */
export function measure(): void {
  measureCalls()
  measureMemory()
  measureSpawn()
  measureFault()
  measureWaking()
  announce('end')
  syscall(SYS_REBOOT, SLOT_ROOT, POWER_OFF)
}
