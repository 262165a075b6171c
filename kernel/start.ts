/**
 * The second half of boot: the MMU is on, compiled code runs at its own addresses. Fills the tables, gives all memory that nobody
 * has taken to the frame allocator, starts interrupt controller and timer, and makes the first task from the boot archive, with
 * the handles from which everything else is derived.
 */
import {
  KIND_LOG,
  KIND_ROOT,
  KIND_SHM,
  RIGHT_MANAGE,
  RIGHT_READ,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  SLOT_BOOT_ARCHIVE,
  SLOT_DEVICE_TREE,
  SLOT_LOG,
  SLOT_ROOT,
  STATE_SLEEPING,
} from './abi/generated'
import {
  ARCHIVE_END,
  ARCHIVE_START,
  IMAGE_END,
  imageAddress,
  partAt,
  treeAddress,
} from './arch/boot'
import {
  BOOT_LEVEL,
  BOOT_TICKS,
  BOOT_TIME,
  FP_TRAPS,
  FREQUENCY,
  NEXT_PID,
  REAPER,
} from './arch/core'
import { setTimerInterrupt } from './arch/exceptions'
import {
  bankCount,
  bankEnd,
  bankStart,
  bootArgumentBytes,
  bootArguments,
  clockChip,
  conduit,
  gicDistributor,
  gicSecond,
  gicVersion,
  initrdEnd,
  initrdStart,
  takenCount,
  takenEnd,
  takenStart,
  timerInterrupt,
  treeBytes,
  uart,
} from './arch/fdt'
import { enableInterrupt, initGic } from './arch/gic'
import { copy } from './arch/imports/asm'
import { load32 } from './arch/imports/mem64'
import { cntfrq_el0 } from './arch/imports/mrs'
import { cntkctl_el1, cntv_ctl_el0, cpacr_el1, ttbr0_el1 } from './arch/imports/msr'
import { dsb_ish, isb, tlbi_vmalle1 } from './arch/imports/sys'
import { DEVICE_MAP, IMAGE_BASE } from './arch/layout'
import { initUart } from './arch/pl011'
import { initPower } from './arch/power'
import { now } from './arch/timer'
import { fileBytes, fileStart, findFile, isArchive } from './archive'
import { countSlot, fillEntry, slotOf } from './ipc/handle'
import { put, putByte, putDecimal } from './log'
import {
  addMemory,
  direct,
  discount,
  freeFrames,
  initFrames,
  initLinks,
  removeMemory,
  setHighest,
  takeContiguous,
} from './memory/frames'
import { initDma, SHM_CONTIGUOUS, SHM_FRAMES, SHM_SIZE, SHM_STATIC, takeShm } from './memory/shm'
import { makeRoot } from './memory/tables'
import { DMA_PAGES } from './param'
import { firstName, firstNameBytes, makeFirst, startFirst } from './task/first'
import { REAPER_PRIORITY } from './task/reaper'
import { leave, resetSchedule } from './task/schedule'
import { INDEX, PRIORITY, STATE, TTBR, takeTask, WORK } from './task/task'
import { REAP_WORK } from './task/work'

const NS_PER_SECOND: u64 = 1_000_000_000
const BLOCK_BYTES: u64 = 0x20_0000
const PAGE_MASK: u64 = 4095
/** CNTKCTL_EL1.EL0VCTEN: programs may read the virtual counter. */
const COUNTER_AT_EL0: u64 = 2

function roundUp(value: u64, boundary: u64): u64 {
  return (value + boundary - 1) & ~(boundary - 1)
}

/** All memory of the tree but what the image, the tree, an initrd and reservations have. */
function findMemory(): void {
  let lowest = ~(0 as u64)
  let highest: u64 = 0
  for (let i: u32 = 0; i < bankCount(); i++) {
    if (bankStart(i) < lowest) lowest = bankStart(i)
    if (bankEnd(i) > highest) highest = bankEnd(i)
  }
  lowest &= ~PAGE_MASK
  initFrames(lowest)
  setHighest(highest)
  for (let i: u32 = 0; i < bankCount(); i++) addMemory(bankStart(i), bankEnd(i))
  for (let i: u32 = 0; i < takenCount(); i++) removeMemory(takenStart(i), takenEnd(i))
  const image = imageAddress()
  removeMemory(image, roundUp(image + partAt(IMAGE_BASE, IMAGE_END), BLOCK_BYTES))
  removeMemory(treeAddress(), treeAddress() + treeBytes(direct(treeAddress())))
  if (initrdEnd > initrdStart) removeMemory(initrdStart, initrdEnd)
  initLinks(highest)
  let pages = DMA_PAGES
  let pool: u64 = 0
  while (pages && !pool) {
    pool = takeContiguous(pages, lowest)
    if (!pool) pages >>= 1
  }
  discount(pages)
  initDma(pool, pages)
}

/** Shared memory that was there at boot and is never freed. */
function staticMemory(physical: u64, bytes: u64): usize {
  const shm = takeShm(bytes, SHM_CONTIGUOUS | SHM_STATIC)
  store<u64>(shm + SHM_FRAMES, physical)
  return shm
}

/** The tree in pages of its own, since it may share its pages with others. */
function treeMemory(): usize {
  const bytes = treeBytes(direct(treeAddress()))
  const pages = (bytes + PAGE_MASK) >> 12
  const at = takeContiguous(pages, bankStart(0))
  discount(pages)
  copy(direct(at), direct(treeAddress()), roundUp(bytes, 16))
  return staticMemory(at, bytes)
}

function archiveMemory(): usize {
  const bytes = initrdEnd - initrdStart
  const replaces = initrdEnd > initrdStart && !(initrdStart & PAGE_MASK)
  if (replaces && isArchive(direct(initrdStart), bytes)) return staticMemory(initrdStart, bytes)
  const start = partAt(IMAGE_BASE, ARCHIVE_START)
  return staticMemory(imageAddress() + start, partAt(IMAGE_BASE, ARCHIVE_END) - start)
}

function give(task: usize, slot: u32, kind: i32, object: usize, rights: i32): void {
  fillEntry(slotOf(task, slot), kind, object, rights)
  countSlot(task)
}

function makeReaper(): void {
  const reaper = takeTask()
  store<u32>(REAPER, reaper as u32)
  makeRoot(reaper, load<u32>(reaper + INDEX) + 1)
  store<u32>(reaper + STATE, STATE_SLEEPING)
  store<u32>(reaper + PRIORITY, REAPER_PRIORITY)
  store<u32>(reaper + WORK, REAP_WORK)
  ttbr0_el1(load<u64>(reaper + TTBR))
  isb()
  tlbi_vmalle1()
  dsb_ish()
  isb()
}

function startClocks(): void {
  store<u64>(FREQUENCY, cntfrq_el0())
  store<u64>(BOOT_TICKS, now())
  store<u64>(BOOT_TIME, clockChip ? (load32(DEVICE_MAP + clockChip) as u64) * NS_PER_SECOND : 0)
  cntv_ctl_el0(0)
  cntkctl_el1(COUNTER_AT_EL0)
  resetSchedule()
}

/** Finds the first program and lets it be spawned. */
function startTasks(): void {
  const line = bootArguments ? direct(bootArguments) : 0
  const task = makeFirst(line, line ? bootArgumentBytes : 0)
  const archive = archiveMemory()
  give(task, SLOT_LOG, KIND_LOG, 0, RIGHT_READ | RIGHT_WRITE | RIGHT_TRANSFER)
  const readOnly = RIGHT_READ | RIGHT_TRANSFER
  give(task, SLOT_DEVICE_TREE, KIND_SHM, treeMemory(), readOnly)
  give(task, SLOT_BOOT_ARCHIVE, KIND_SHM, archive, readOnly)
  give(task, SLOT_ROOT, KIND_ROOT, 0, RIGHT_READ | RIGHT_WRITE | RIGHT_MANAGE | RIGHT_TRANSFER)
  const start = direct(load<u64>(archive + SHM_FRAMES))
  const bytes = load<u64>(archive + SHM_SIZE)
  if (findFile(start, bytes, firstName(), firstNameBytes())) {
    startFirst(task, archive, fileStart() - start, fileBytes())
  } else put('The boot archive has no such first program.\n')
}

/**
 * Goes on with the boot.
 *
 * @param level exception level the kernel was entered at
 * @returns the record of the first task to run
 */
export function kernel_main(level: u64): usize {
  store<u32>(BOOT_LEVEL, level as u32)
  store<u64>(NEXT_PID, 1)
  store<u32>(FP_TRAPS, 1)
  cpacr_el1(0)
  initUart(uart ? DEVICE_MAP + uart : 0, uart)
  findMemory()
  startClocks()
  initPower(conduit)
  if (gicVersion) initGic(gicVersion, gicDistributor, gicSecond)
  setTimerInterrupt(timerInterrupt)
  enableInterrupt(timerInterrupt)
  makeReaper()
  put('Kenix: ')
  putDecimal(freeFrames() >> 8)
  put(' MiB free, GICv')
  putDecimal(gicVersion)
  put(', entered at EL')
  putDecimal(level)
  putByte(10)
  startTasks()
  return leave(0)
}
