/**
 * The first program. It is spawned like every other one: by a task with three instructions (spawn, then exit), one page that holds
 * them and the spawn block, and the archive mapped. That task has the first handles of everything: the log, the device
 * tree, the archive, the machine. So there is one loader, and no special path.
 */
import {
  PROT_EXEC,
  PROT_READ,
  RIGHT_ALL,
  SLOT_BOOT_ARCHIVE,
  SLOT_DEVICE_TREE,
  SLOT_LOG,
  SLOT_ROOT,
  SPAWN_BLOCK_ARGS,
  SPAWN_BLOCK_ARGS_BYTES,
  SPAWN_BLOCK_FAULT_ENDPOINT,
  SPAWN_BLOCK_HANDLE_COUNT,
  SPAWN_BLOCK_HANDLES,
  SPAWN_BLOCK_PRIORITY,
  SPAWN_HANDLE_BLOCK_HANDLE,
  SPAWN_HANDLE_BLOCK_RIGHTS,
  SPAWN_HANDLE_BLOCK_SLOT,
  SPAWN_HANDLE_BYTES,
  STATE_EMBRYO,
  SYS_SPAWN,
} from '../abi/generated'
import { load8, store8, store32, store64 } from '../arch/imports/mem64'
import { TASK_PC } from '../arch/layout'
import { syncInstructions } from '../memory/fault'
import { direct, reserve, takeZeroFrame, unreserve } from '../memory/frames'
import { ANONYMOUS, addMapping, OBJECT, SHARED } from '../memory/mappings'
import { SHM_MAPS, SHM_PAGES } from '../memory/shm'
import { ATTRIBUTE_NORMAL, makeLeaf, makeRoot, OWNED, setLeaf, userPage } from '../memory/tables'
import { makeReady } from './schedule'
import { INDEX, PAGE_LIMIT, PAGES, PRIORITY, STATE, setRegister, takeTask } from './task'

const CODE: u64 = 0x10000
const ARCHIVE: u64 = 0x1000_0000
const SVC: u32 = 0xd4000001
const MOV_X8_EXIT: u32 = 0xd2800ba8
/** Parts of the page. */
const BLOCK: u64 = 64
const ENTRIES: u64 = 256
const STRINGS: u64 = 1024
const MOST_STRINGS: u64 = 3072

const FIRST_PRIORITY: u32 = 7
const INIT_PRIORITY: u64 = 4
/** `init=` and the name of a program in the archive. */
const DEFAULT: string = 'bin/init'

let page: u64 = 0
let entries: u64 = 0
let length: u64 = 0

/** The page where the kernel writes it. */
function field(at: u64, value: u64): void {
  store64(page + at, value)
}

function entry(slot: u32, handle: i32): void {
  const at = page + ENTRIES + entries * (SPAWN_HANDLE_BYTES as u64)
  store32(at + (SPAWN_HANDLE_BLOCK_SLOT as u64), slot)
  store32(at + (SPAWN_HANDLE_BLOCK_HANDLE as u64), handle)
  store32(at + (SPAWN_HANDLE_BLOCK_RIGHTS as u64), RIGHT_ALL)
  entries++
}

function putString(byte: u32): void {
  if (length < MOST_STRINGS) store8(page + STRINGS + length++, byte)
}

/** True if the argument at a place is `init=`. */
function isInit(at: u64, end: u64): bool {
  const text = 'init='
  if (end - at < 5) return false
  for (let i = 0; i < 5; i++) {
    if (load8(at + (i as u64)) != (text.charCodeAt(i) as u32)) return false
  }
  return true
}

function wordEnd(at: u64, end: u64): u64 {
  while (at < end && load8(at) != 32 && load8(at) != 0) at++
  return at
}

function skipSpaces(at: u64, end: u64): u64 {
  while (at < end && load8(at) == 32) at++
  return at
}

/**
 * Writes the arguments of the first program: its name, from `init=` or the default; then the words of the command line behind
 * `--`, each with a zero.
 *
 * @returns bytes of the name
 */
function writeStrings(line: u64, bytes: u64): u64 {
  const end = line + bytes
  length = 0
  let rest: u64 = 0
  for (let at = skipSpaces(line, end); at < end && load8(at); ) {
    const stop = wordEnd(at, end)
    if (stop - at == 2 && load8(at) == 45 && load8(at + 1) == 45) {
      rest = stop
      break
    }
    if (isInit(at, stop) && !length) {
      for (let i = at + 5; i < stop; i++) putString(load8(i))
    }
    at = skipSpaces(stop, end)
  }
  if (!length) {
    for (let i = 0; i < DEFAULT.length; i++) putString(DEFAULT.charCodeAt(i))
  }
  const name = length
  putString(0)
  if (!rest) return name
  for (let at = skipSpaces(rest, end); at < end && load8(at); ) {
    const stop = wordEnd(at, end)
    for (; at < stop; at++) putString(load8(at))
    putString(0)
    at = skipSpaces(stop, end)
  }
  return name
}

/** Makes the task's page and strings; the kernel's address of the page, 0 if there is no memory. */
export function makeFirst(line: u64, bytes: u64): usize {
  const task = takeTask()
  store<u32>(task + STATE, STATE_EMBRYO)
  store<u64>(task + PAGE_LIMIT, (1 as u64) << 32)
  if (!makeRoot(task, load<u32>(task + INDEX) + 1) || !reserve(1)) return 0
  const frame = takeZeroFrame()
  unreserve(1)
  store<u64>(task + PAGES, load<u64>(task + PAGES) + 1)
  addMapping(task, CODE, CODE + 4096, ANONYMOUS, PROT_READ | PROT_EXEC)
  const at = makeLeaf(task, CODE)
  setLeaf(at, frame | userPage(PROT_READ | PROT_EXEC, ATTRIBUTE_NORMAL) | OWNED)
  page = direct(frame)
  store32(page, SVC)
  store32(page + 4, MOV_X8_EXIT)
  store32(page + 8, SVC)
  nameBytes = writeStrings(line, bytes)
  syncInstructions(frame)
  return task
}

let nameBytes: u64 = 0

/** The name of the program to start, and its bytes. */
export function firstName(): u64 {
  return page + STRINGS
}

export function firstNameBytes(): u64 {
  return nameBytes
}

/**
 * Lets the task run: it spawns the program that lies in the archive.
 *
 * @param archive the archive's region, whose handle and those of `SLOT_LOG`, ... the task has
 * @param offset where the program begins in it
 */
export function startFirst(task: usize, archive: usize, offset: u64, size: u64): void {
  const bytes = (load<u32>(archive + SHM_PAGES) as u64) << 12
  const mapping = addMapping(task, ARCHIVE, ARCHIVE + bytes, SHARED, PROT_READ)
  store<u32>(mapping + OBJECT, archive as u32)
  store<u32>(archive + SHM_MAPS, load<u32>(archive + SHM_MAPS) + 1)
  entries = 0
  for (let slot: u32 = 0; slot < 3; slot++) entry(slot, SLOT_LOG)
  entry(SLOT_LOG, SLOT_LOG)
  entry(SLOT_DEVICE_TREE, SLOT_DEVICE_TREE)
  entry(SLOT_BOOT_ARCHIVE, SLOT_BOOT_ARCHIVE)
  entry(SLOT_ROOT, SLOT_ROOT)
  field(BLOCK + (SPAWN_BLOCK_ARGS as u64), CODE + STRINGS)
  field(BLOCK + (SPAWN_BLOCK_ARGS_BYTES as u64), length)
  field(BLOCK + (SPAWN_BLOCK_HANDLES as u64), CODE + ENTRIES)
  field(BLOCK + (SPAWN_BLOCK_HANDLE_COUNT as u64), entries)
  field(BLOCK + (SPAWN_BLOCK_FAULT_ENDPOINT as u64), ~(0 as u64))
  field(BLOCK + (SPAWN_BLOCK_PRIORITY as u64), INIT_PRIORITY)
  setRegister(task, 0, ARCHIVE + offset)
  setRegister(task, 1, size)
  setRegister(task, 2, CODE + BLOCK)
  setRegister(task, 8, SYS_SPAWN)
  store<u64>(task + TASK_PC, CODE)
  store<u32>(task + PRIORITY, FIRST_PRIORITY)
  makeReady(task)
}
