/** Devices and interrupts, DMA memory, root, the log, figures, floating point. */
import {
  EAGAIN,
  EBADF,
  EBUSY,
  EFAULT,
  EINVAL,
  ENODEV,
  EPERM,
  KIND_DEVICE,
  MYSELF,
  PAGE_BYTES,
  REASON_FAULT,
  REASON_KILLED,
  RIGHT_ALL,
  RIGHT_MANAGE,
  RIGHT_READ,
  RIGHT_WRITE,
  SLOT_BOOT_ARCHIVE,
  SLOT_DEVICE_TREE,
  SLOT_LOG,
  SLOT_ROOT,
  STATE_INTERRUPT,
  SYS_DEVICE_CREATE,
  SYS_DEVICE_MAP,
  SYS_DEVICE_RESET_DONE,
  SYS_DMA_CREATE,
  SYS_DMA_PHYSICAL,
  SYS_HANDLE_INFO,
  SYS_IRQ_ACK,
  SYS_IRQ_REGISTER,
  SYS_IRQ_WAIT,
  SYS_KILL,
  SYS_LOG_READ,
  SYS_NANOSLEEP,
  SYS_NBRECV,
  SYS_REBOOT,
  SYS_SHMMAP,
  SYS_SHMUNMAP,
  SYS_SYSINFO,
  SYS_WRITE,
  SYS_YIELD,
  SYSINFO_MACHINE,
  SYSINFO_MEMORY,
} from '../../libkenix/generated/abi'
import { close, copyHandle } from '../../libkenix/handle'
import { load32, load64, store32, store64 } from '../../libkenix/imports/mem64'
import { waitNotification } from '../../libkenix/ipc'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { uptime } from '../../libkenix/time'
import { between, granted, holds, needs, refused, same } from '../check'
import { Child, ends, startElf } from '../child'
import { Code, Elf } from '../elf'
import {
  cmp,
  extractHigh,
  fmovFrom,
  fmovTo,
  insertHigh,
  mrsFpcr,
  mrsFpsr,
  msrFpcr,
  msrFpsr,
} from '../instructions'
import { test } from '../registry'
import { PEER } from '../slots'

/** The clock chip of machine virt (PL031): registers and interrupt. */
const RTC: i64 = 0x901_0000
const RTC_INTERRUPT: i64 = 34
const RTC_DATA: u64 = 0
const RTC_MATCH: u64 = 4
const RTC_MASK: u64 = 0x10
const RTC_RAW: u64 = 0x14
const RTC_CLEAR: u64 = 0x1c

function create(base: i64, size: i64, interrupt: i64, flags: i64 = 0): i64 {
  return syscall(SYS_DEVICE_CREATE, SLOT_ROOT, base, size, interrupt, flags)
}

function rtc(): i32 {
  needs(SLOT_ROOT)
  return granted(create(RTC, 4096, RTC_INTERRUPT), 'create the device') as i32
}

/** Has the clock chip interrupt at once: its match is its present value. */
function ring(at: u64): void {
  store32(at + RTC_CLEAR, 1)
  store32(at + RTC_MASK, 1)
  store32(at + RTC_MATCH, load32(at + RTC_DATA))
}

function quiet(at: u64): void {
  store32(at + RTC_MASK, 0)
  store32(at + RTC_CLEAR, 1)
}

function addDevices(): void {
  test('DEV0001', 'the registers of a device are mapped', () => {
    const device = rtc()
    const at = granted(syscall(SYS_DEVICE_MAP, device, 0), 'map') as u64
    same(load32(at + 0xfe0), 0x31, 'identification of the clock chip')
    same(load32(at + 0xff0), 0x0d, 'identification of its kind')
    same(syscall(SYS_SHMUNMAP, device), 0, 'unmap')
    close(device)
  })
  test('DEV0002', 'a device needs root with MANAGE', () => {
    needs(SLOT_ROOT)
    refused(syscall(SYS_DEVICE_CREATE, 2, RTC, 4096, -1), EPERM, 'a pipe')
    refused(syscall(SYS_DEVICE_CREATE, 200, RTC, 4096, -1), EPERM, 'an empty slot')
    refused(syscall(SYS_DEVICE_CREATE, -1, RTC, 4096, -1), EPERM, 'slot -1')
    const weak = copyHandle(SLOT_ROOT, RIGHT_ALL & ~RIGHT_MANAGE)
    refused(syscall(SYS_DEVICE_CREATE, weak, RTC, 4096, -1), EPERM, 'root without MANAGE')
    close(weak)
  })
  test('DEV0003', 'memory and interrupt controller cannot be a device', () => {
    needs(SLOT_ROOT)
    refused(create(0x4000_0000, 4096, -1), EINVAL, 'the start of memory')
    refused(create(0x4800_0000, 0x10_0000, -1), EINVAL, 'memory')
    refused(create(0x3fff_f000, 8192, -1), EINVAL, 'into memory')
    refused(create(0, 0x8000_0000, -1), EINVAL, 'everything below 2 GiB')
    refused(create(0x800_0000, 4096, -1), EINVAL, 'the distributor')
  })
  test('DEV0004', 'addresses and interrupts that do not exist are refused', () => {
    needs(SLOT_ROOT)
    refused(create(i64.MIN_VALUE, 4096, -1), EINVAL, 'address 2^63')
    refused(create(-4096, 8192, -1), EINVAL, 'a range around the end')
    refused(create(RTC, -1, -1), EINVAL, 'size -1')
    refused(create(RTC, 4096, 31), EINVAL, 'a private interrupt')
    refused(create(RTC, 4096, 0), EINVAL, 'interrupt 0')
    refused(create(RTC, 4096, 1020), EINVAL, 'interrupt 1020')
    refused(create(RTC, 4096, -2), EINVAL, 'interrupt -2')
    refused(create(RTC, 4096, RTC_INTERRUPT, 2), EINVAL, 'flag 2')
  })
  test('DEV0005', 'one interrupt belongs to one device', () => {
    const device = rtc()
    const again = granted(create(RTC, 4096, RTC_INTERRUPT), 'the same device') as i32
    syscallMany(SYS_HANDLE_INFO, device)
    const id = result(3)
    same(syscallMany(SYS_HANDLE_INFO, again), KIND_DEVICE, 'kind')
    same(result(3), id, 'object')
    same(result(4), RTC_INTERRUPT, 'interrupt')
    refused(create(RTC + 4096, 4096, RTC_INTERRUPT), EBUSY, 'another with its interrupt')
    close(again)
    close(device)
    const other = granted(create(RTC + 4096, 4096, RTC_INTERRUPT), 'when it is free') as i32
    close(other)
  })
  test('DEV0006', 'mapping a device needs READ and WRITE, and registers', () => {
    const device = rtc()
    const weak = copyHandle(device, RIGHT_READ)
    refused(syscall(SYS_DEVICE_MAP, weak, 0), EPERM, 'without WRITE')
    close(weak)
    close(device)
    const none = granted(create(0, 0, RTC_INTERRUPT), 'a device without registers') as i32
    refused(syscall(SYS_DEVICE_MAP, none, 0), EINVAL, 'map')
    close(none)
  })
  test('DEV0007', 'a system call does not copy from or to registers', () => {
    const device = rtc()
    const at = granted(syscall(SYS_DEVICE_MAP, device, 0), 'map')
    const answer = syscall(SYS_LOG_READ, SLOT_LOG, 0, at, 16)
    holds(answer === -EFAULT || answer >= 0, 'something else than EFAULT or a copy')
    same(load32((at as u64) + 0xfe0), 0x31, 'identification')
    close(device)
  })
  test('IRQ0001', 'an interrupt is delivered to the task that waits for it', () => {
    const device = rtc()
    const at = granted(syscall(SYS_DEVICE_MAP, device, 0), 'map') as u64
    same(syscall(SYS_IRQ_REGISTER, device, 0), 0, 'register')
    ring(at)
    same(syscall(SYS_IRQ_WAIT, device), 0, 'wait')
    holds((load32(at + RTC_RAW) & 1) !== 0, 'the chip has no interrupt')
    quiet(at)
    same(syscall(SYS_IRQ_ACK, device), 0, 'acknowledge')
    close(device)
  })
  test('IRQ0002', 'an interrupt sets the bits it was registered with', () => {
    const device = rtc()
    const at = granted(syscall(SYS_DEVICE_MAP, device, 0), 'map') as u64
    same(syscall(SYS_IRQ_REGISTER, device, 0x80), 0, 'register')
    ring(at)
    same(waitNotification(0x80), 0x80, 'bits')
    quiet(at)
    close(device)
  })
  test('IRQ0003', 'an interrupt is masked until it is acknowledged, then comes again', () => {
    const device = rtc()
    const at = granted(syscall(SYS_DEVICE_MAP, device, 0), 'map') as u64
    same(syscall(SYS_IRQ_REGISTER, device, 1), 0, 'register')
    ring(at)
    same(waitNotification(1), 1, 'first')
    // The line is still up, but nothing comes.
    const before = interrupts()
    syscall(SYS_NANOSLEEP, 2_000_000)
    between(interrupts() - before, 0, 10, 'interrupts while it is masked')
    refused(syscall(SYS_NBRECV, -1, 1), EAGAIN, 'a second notification')
    same(syscall(SYS_IRQ_ACK, device), 0, 'acknowledge')
    same(waitNotification(1), 1, 'second')
    quiet(at)
    same(syscall(SYS_IRQ_ACK, device), 0, 'acknowledge')
    syscall(SYS_NANOSLEEP, 1_000_000)
    refused(syscall(SYS_NBRECV, -1, 1), EAGAIN, 'a third notification')
    close(device)
  })
  test('IRQ0004', 'interrupts need their right, a registration, and an interrupt', () => {
    const device = rtc()
    refused(syscall(SYS_IRQ_WAIT, device), EPERM, 'wait without registering')
    refused(syscall(SYS_IRQ_ACK, device), EPERM, 'acknowledge without registering')
    const weak = copyHandle(device, RIGHT_ALL & ~RIGHT_MANAGE)
    refused(syscall(SYS_IRQ_REGISTER, weak, 1), EPERM, 'register without MANAGE')
    close(weak)
    close(device)
    const none = granted(create(RTC, 4096, -1), 'a device without interrupt') as i32
    refused(syscall(SYS_IRQ_REGISTER, none, 1), ENODEV, 'register')
    close(none)
  })
  test('IRQ0005', 'an interrupt is registered by one living task at a time', () => {
    const device = rtc()
    const child = new Child('interrupt').give(PEER, device).start().until(STATE_INTERRUPT)
    refused(syscall(SYS_IRQ_REGISTER, device, 1), EBUSY, 'register')
    child.stop()
    same(syscall(SYS_IRQ_REGISTER, device, 1), 0, 'register when that task has ended')
    close(device)
  })
  test('IRQ0006', 'a task that waits for an interrupt can be killed', () => {
    const device = rtc()
    new Child('interrupt').give(PEER, device).start().until(STATE_INTERRUPT).stop()
    close(device)
  })
  test('DMA0001', 'DMA memory is contiguous, zero, and its address is told', () => {
    const device = rtc()
    const dma = granted(syscall(SYS_DMA_CREATE, device, 5 * PAGE_BYTES, 0), 'create') as i32
    const physical = granted(syscallMany(SYS_DMA_PHYSICAL, dma), 'address')
    same(physical & 4095, 0, 'its low bits')
    same(result(1), 5 * PAGE_BYTES, 'bytes')
    holds(physical >= 0x4000_0000, 'it lies below memory')
    const at = granted(syscall(SYS_SHMMAP, dma, 0, 0), 'map') as u64
    for (let i: u64 = 0; i < 5; i++) same(load64(at + i * 4096), 0, 'a word')
    store64(at, 0xdead)
    same(syscall(SYS_SHMUNMAP, dma), 0, 'unmap')
    close(dma)
    same(syscall(SYS_DEVICE_RESET_DONE, device), 5, 'pages that are free')
    close(device)
  })
  test('DMA0002', 'DMA memory is kept aside until the device was reset', () => {
    const device = rtc()
    const dma = granted(syscall(SYS_DMA_CREATE, device, 2 * PAGE_BYTES, 0), 'create') as i32
    const first = granted(syscall(SYS_DMA_PHYSICAL, dma), 'address')
    close(dma)
    const again = granted(syscall(SYS_DMA_CREATE, device, 2 * PAGE_BYTES, 0), 'create') as i32
    const second = granted(syscall(SYS_DMA_PHYSICAL, again), 'address')
    holds(second !== first, 'it is used again though the device may write it')
    close(again)
    same(syscall(SYS_DEVICE_RESET_DONE, device), 4, 'pages that are free')
    const third = granted(syscall(SYS_DMA_CREATE, device, 2 * PAGE_BYTES, 0), 'create') as i32
    same(syscall(SYS_DMA_PHYSICAL, third), first, 'address after the reset')
    const at = granted(syscall(SYS_SHMMAP, third, 0, 0), 'map') as u64
    same(load64(at), 0, 'a word')
    same(syscall(SYS_SHMUNMAP, third), 0, 'unmap')
    close(third)
    same(syscall(SYS_DEVICE_RESET_DONE, device), 2, 'pages that are free')
    close(device)
  })
  test('DMA0003', 'DMA memory of a driver that died stays aside for its next driver', () => {
    const device = rtc()
    const child = new Child('dma-and-crash').give(PEER, device).start()
    child.ends(139, REASON_FAULT)
    syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
    same(result(5), 3, 'pages aside')
    same(syscall(SYS_DEVICE_RESET_DONE, device), 3, 'pages that are free')
    syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
    same(result(5), 0, 'pages aside')
    close(device)
  })
  test('DMA0004', 'DMA_CREATE refuses what it cannot make', () => {
    const device = rtc()
    refused(syscall(SYS_DMA_CREATE, device, 0, 0), EINVAL, 'nothing')
    refused(syscall(SYS_DMA_CREATE, device, 0x10_0001, 0), EINVAL, 'above 1 MiB')
    refused(syscall(SYS_DMA_CREATE, device, -1, 0), EINVAL, 'size -1')
    refused(syscall(SYS_DMA_CREATE, device, 4096, 2), EINVAL, 'flag 2')
    const weak = copyHandle(device, RIGHT_ALL & ~RIGHT_MANAGE)
    refused(syscall(SYS_DMA_CREATE, weak, 4096, 0), EPERM, 'without MANAGE')
    refused(syscall(SYS_DEVICE_RESET_DONE, weak), EPERM, 'reset without MANAGE')
    refused(syscall(SYS_DMA_PHYSICAL, device), EBADF, 'the address of a device')
    close(weak)
    close(device)
  })
  test('DMA0005', 'the address of DMA memory needs READ and WRITE', () => {
    const device = rtc()
    const dma = granted(syscall(SYS_DMA_CREATE, device, 4096, 1), 'create uncached') as i32
    const weak = copyHandle(dma, RIGHT_READ)
    refused(syscall(SYS_DMA_PHYSICAL, weak), EPERM, 'without WRITE')
    const at = granted(syscall(SYS_SHMMAP, dma, 0, 0), 'map') as u64
    store64(at, 5)
    same(load64(at), 5, 'a word of uncached memory')
    same(syscall(SYS_SHMUNMAP, dma), 0, 'unmap')
    close(weak)
    close(dma)
    same(syscall(SYS_DEVICE_RESET_DONE, device), 1, 'pages that are free')
    close(device)
  })
}

function interrupts(): i64 {
  syscallMany(SYS_SYSINFO, SYSINFO_MACHINE)
  return result(5)
}

function addInformation(): void {
  test('INF0001', 'figures of the system make sense', () => {
    const now = syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
    between(now, 1, uptime(), 'time since boot')
    const all = result(1)
    between(result(2), 1, all, 'free pages')
    between(result(3), 2, 128, 'tasks')
    between(result(4), 0, now, 'idle time')
    const midr = syscallMany(SYS_SYSINFO, SYSINFO_MACHINE)
    holds((midr & 0xffff_ffff) !== 0, 'MIDR_EL1 is 0')
    holds(result(1) >= 1_000_000, 'the counter runs at less than 1 MHz')
    between(result(2), 2, 3, 'interrupt controller')
    between(result(3), 1, 2, 'exception level at boot')
    holds(result(4) > 0, 'there was no context switch')
  })
  test('INF0002', 'figures that do not exist are refused', () => {
    refused(syscall(SYS_SYSINFO, 3), EINVAL, 'figure 3')
    refused(syscall(SYS_SYSINFO, -1), EINVAL, 'figure -1')
  })
  test('INF0003', 'time spent idle is counted as such', () => {
    syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
    const before = result(4)
    syscall(SYS_NANOSLEEP, 20_000_000)
    syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
    between(result(4) - before, 10_000_000, 5_000_000_000, 'idle time of a sleep')
  })
  test('INF0004', 'what is written to the log can be read from it', () => {
    needs(SLOT_LOG)
    const at = memory.data(128, 8)
    let position: i64 = 0
    for (;;) {
      const n = granted(syscallMany(SYS_LOG_READ, SLOT_LOG, position, at, 128), 'read the log')
      position = result(1)
      if (n === 0) break
    }
    store<u64>(at, 0x0a73692073696874)
    same(syscall(SYS_WRITE, SLOT_LOG, at, 8), 8, 'write')
    memory.fill(at, 0, 16)
    same(syscallMany(SYS_LOG_READ, SLOT_LOG, position, at, 128), 8, 'bytes')
    same(result(1), position + 8, 'the next position')
    same(load<u64>(at), 0x0a73692073696874, 'text')
  })
  test('INF0005', 'the log needs its rights', () => {
    needs(SLOT_LOG)
    const at = memory.data(16, 8)
    const writer = copyHandle(SLOT_LOG, RIGHT_WRITE)
    refused(syscall(SYS_LOG_READ, writer, 0, at, 16), EPERM, 'read')
    close(writer)
    const reader = copyHandle(SLOT_LOG, RIGHT_READ)
    refused(syscall(SYS_WRITE, reader, at, 1), EPERM, 'write')
    close(reader)
    same(syscall(SYS_LOG_READ, SLOT_LOG, i64.MAX_VALUE, at, 16), 0, 'behind the end')
    same(syscall(SYS_LOG_READ, SLOT_LOG, 0, at, 0), 0, 'nothing')
  })
  test('INF0006', 'what was there at boot cannot be written', () => {
    needs(SLOT_BOOT_ARCHIVE)
    refused(syscall(SYS_SHMMAP, SLOT_BOOT_ARCHIVE, 0, 3), EPERM, 'the archive')
    refused(syscall(SYS_SHMMAP, SLOT_DEVICE_TREE, 0, 3), EPERM, 'the device tree')
    const at = granted(syscall(SYS_SHMMAP, SLOT_DEVICE_TREE, 0, 1), 'map the tree') as u64
    same(load32(at), 0xedfe0dd0, 'its magic number')
    same(syscall(SYS_SHMUNMAP, SLOT_DEVICE_TREE), 0, 'unmap')
  })
  test('INF0007', 'REBOOT needs root with WRITE, and a known way', () => {
    needs(SLOT_ROOT)
    refused(syscall(SYS_REBOOT, 2, 0), EBADF, 'a pipe')
    refused(syscall(SYS_REBOOT, 200, 0), EBADF, 'an empty slot')
    refused(syscall(SYS_REBOOT, MYSELF, 0), EBADF, 'slot -1')
    const weak = copyHandle(SLOT_ROOT, RIGHT_ALL & ~RIGHT_WRITE)
    refused(syscall(SYS_REBOOT, weak, 0), EPERM, 'without WRITE')
    refused(syscall(SYS_REBOOT, SLOT_ROOT, 2), EINVAL, 'way 2')
    refused(syscall(SYS_REBOOT, SLOT_ROOT, -1), EINVAL, 'way -1')
    refused(syscall(SYS_REBOOT, SLOT_ROOT, 0x1_0000_0000), EINVAL, 'off in its low half only')
    close(weak)
  })
}

/** A program that fills all vector registers, then waits by `wait` and compares them. */
function vectors(seed: u64, rounds: i32, spins: u64): Elf {
  const code = new Code()
  for (let v: u32 = 0; v < 32; v++) {
    code
      .set(1, seed + v)
      .add(fmovTo(v, 1))
      .set(1, seed + v + 100)
      .add(insertHigh(v, 1))
  }
  for (let round = 0; round < rounds; round++) {
    if (spins === 0) code.call(SYS_YIELD)
    else {
      // SUBS X9, X9, #1; B.NE -1
      code.set(9, spins).add(0xf1000529).add(0x54ffffe1)
    }
    for (let v: u32 = 0; v < 32; v++) {
      code
        .set(1, seed + v)
        .add(fmovFrom(2, v))
        .add(cmp(1, 2))
        .exitUnlessEqual((v as i32) + 1)
      code
        .set(1, seed + v + 100)
        .add(extractHigh(2, v))
        .add(cmp(1, 2))
      code.exitUnlessEqual((v as i32) + 33)
    }
  }
  return new Elf(code.exit(0))
}

function addFloatingPoint(): void {
  test('FPU0001', 'vector registers keep their values over calls while others use them', () => {
    const a = startElf(vectors(1000, 4, 0))
    const b = startElf(vectors(5000, 4, 0))
    ends(a, 0)
    ends(b, 0)
  })
  test('FPU0002', 'vector registers keep their values over preemption', () => {
    // Each spins for some 12 ms of the machine's own time, longer than a slice.
    const a = startElf(vectors(0x1111_0000_0000, 1, 800_000))
    const b = startElf(vectors(0x2222_0000_0000, 1, 800_000))
    ends(a, 0)
    ends(b, 0)
  })
  test('FPU0003', 'a new task sees nothing of others in its vector registers', () => {
    ends(startElf(vectors(77, 1, 0)), 0)
    const code = new Code()
    for (let v: u32 = 0; v < 32; v++) {
      code.add(fmovFrom(2, v)).expect(2, 0, 1).add(extractHigh(2, v)).expect(2, 0, 2)
    }
    code.add(mrsFpcr(2)).expect(2, 0, 3).add(mrsFpsr(2)).expect(2, 0, 4)
    ends(startElf(new Elf(code.exit(0))), 0)
  })
  test('FPU0004', 'control and status of floating point belong to each task', () => {
    const one = new Code().set(1, 0x40_0000).add(msrFpcr(1)).set(3, 0x1f).add(msrFpsr(3))
    const two = new Code().set(1, 0xc0_0000).add(msrFpcr(1)).set(3, 0x11).add(msrFpsr(3))
    for (let i = 0; i < 5; i++) {
      one.call(SYS_YIELD).add(mrsFpcr(2)).add(cmp(1, 2)).exitUnlessEqual(1)
      one.add(mrsFpsr(2)).add(cmp(3, 2)).exitUnlessEqual(2)
      two.call(SYS_YIELD).add(mrsFpcr(2)).add(cmp(1, 2)).exitUnlessEqual(1)
      two.add(mrsFpsr(2)).add(cmp(3, 2)).exitUnlessEqual(2)
    }
    const a = startElf(new Elf(one.exit(0)))
    const b = startElf(new Elf(two.exit(0)))
    ends(a, 0)
    ends(b, 0)
  })
  test('FPU0005', 'floating point of AssemblyScript works while others use it', () => {
    const other = startElf(vectors(9, 6, 0))
    let sum = 0.0
    for (let i = 1; i <= 100; i++) {
      sum += 1.0 / (i as f64)
      if (i % 10 === 0) syscall(SYS_YIELD)
    }
    holds(sum > 5.18737 && sum < 5.18738, 'the hundredth harmonic number')
    ends(other, 0)
  })
  test(
    'FPU0006',
    'a task that used floating point can be killed, and its registers go with it',
    () => {
      const code = new Code().set(1, 5).add(fmovTo(0, 1)).set(0, i64.MAX_VALUE).call(SYS_NANOSLEEP)
      const task = startElf(new Elf(code))
      syscall(SYS_NANOSLEEP, 1_000_000)
      same(syscall(SYS_KILL, task, 3), 0, 'kill')
      ends(task, 3, REASON_KILLED)
      ends(startElf(vectors(1234, 2, 0)), 0)
    },
  )
}

export function addMachineCases(): void {
  addDevices()
  addInformation()
  addFloatingPoint()
}
