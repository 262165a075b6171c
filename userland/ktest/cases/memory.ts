/** Memory of a task: heap, mappings, protection; shared memory and its life. */
import {
  EACCES,
  EBADF,
  EEXIST,
  EINVAL,
  EMFILE,
  ENOMEM,
  EPERM,
  ESRCH,
  KIND_SHM,
  MAX_MAPPINGS,
  PAGE_BYTES,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  REASON_FAULT,
  RIGHT_ALL,
  RIGHT_EXEC,
  RIGHT_MANAGE,
  RIGHT_READ,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  STATE_DEAD,
  STATE_SLEEPING,
  SYS_BRK,
  SYS_HANDLE_INFO,
  SYS_MMAP,
  SYS_MPROTECT,
  SYS_MUNMAP,
  SYS_NANOSLEEP,
  SYS_SHMCREATE,
  SYS_SHMDESTROY,
  SYS_SHMGRANT,
  SYS_SHMMAP,
  SYS_SHMREVOKE,
  SYS_SHMUNMAP,
  SYS_SYSINFO,
  SYSINFO_MEMORY,
} from '../../libkenix/generated/abi'
import { close, copyHandle } from '../../libkenix/handle'
import { load64, store64 } from '../../libkenix/imports/mem64'
import { createNotification, notify, waitNotification } from '../../libkenix/ipc'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { badAddresses, freshPage } from '../addresses'
import { granted, holds, refused, same } from '../check'
import { Child, ends, startElf } from '../child'
import { Code, Elf } from '../elf'
import { addImmediate, ldr, str } from '../instructions'
import { test } from '../registry'
import { BELL, SHARED } from '../slots'

const BOTH: i64 = PROT_READ | PROT_WRITE
/** Nothing is mapped there. */
const FREE: i64 = 0x7_0000_0000

function mmap(at: i64, bytes: i64, protection: i64 = BOTH): i64 {
  return syscall(SYS_MMAP, at, bytes, protection)
}

function freePages(): i64 {
  syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
  return result(2)
}

function createShm(bytes: i64): i32 {
  return granted(syscall(SYS_SHMCREATE, bytes), 'create shared memory') as i32
}

function map(handle: i32, protection: i64 = 0): u64 {
  return granted(syscall(SYS_SHMMAP, handle, 0, protection), 'map shared memory') as u64
}

function addMappings(): void {
  test('MEM0001', 'fresh pages are zero, also where others had written', () => {
    for (let round = 0; round < 4; round++) {
      const at = granted(mmap(FREE, 16 * PAGE_BYTES), 'map') as u64
      for (let i: u64 = 0; i < 16; i++) {
        same(load64(at + i * 4096), 0, 'first word')
        same(load64(at + i * 4096 + 4088), 0, 'last word')
        store64(at + i * 4096, 0x5555)
        store64(at + i * 4096 + 4088, 0x5555)
      }
      same(syscall(SYS_MUNMAP, at as i64), 0, 'unmap')
    }
  })
  test('MEM0002', 'MMAP takes the address it is given, and refuses one in use', () => {
    same(mmap(FREE, 2 * PAGE_BYTES), FREE, 'address')
    refused(mmap(FREE, PAGE_BYTES), EEXIST, 'the same')
    refused(mmap(FREE + PAGE_BYTES, PAGE_BYTES), EEXIST, 'the second page')
    refused(mmap(FREE - PAGE_BYTES, 2 * PAGE_BYTES), EEXIST, 'into it')
    same(mmap(FREE + 2 * PAGE_BYTES, PAGE_BYTES), FREE + 2 * PAGE_BYTES, 'behind it')
    refused(mmap(0x2_0000_0000, PAGE_BYTES), EEXIST, 'over its code')
  })
  test('MEM0003', 'MMAP chooses a place that is free', () => {
    const a = granted(mmap(0, 3 * PAGE_BYTES), 'first')
    const b = granted(mmap(0, 3 * PAGE_BYTES), 'second')
    holds(a >= b + 3 * PAGE_BYTES || b >= a + 3 * PAGE_BYTES, 'they overlap')
    store64(a as u64, 1)
    store64(b as u64, 2)
    same(load64(a as u64), 1, 'the first')
  })
  test('MEM0004', 'MMAP refuses bad addresses', () => {
    const addresses = badAddresses()
    for (let i = 1; i < addresses.length; i++) {
      if (addresses[i] === 0x5_0000_0000) continue
      refused(mmap(addresses[i], PAGE_BYTES), EINVAL, 'map')
    }
    refused(mmap(FREE + 1, PAGE_BYTES), EINVAL, 'an odd address')
    refused(mmap(0x7fff_ffff_f000, 2 * PAGE_BYTES), EINVAL, 'over the end of tasks')
  })
  test('MEM0005', 'MMAP refuses bad lengths', () => {
    refused(mmap(FREE, 0), EINVAL, 'nothing')
    refused(mmap(FREE, -1), EINVAL, 'length -1')
    refused(mmap(0, i64.MIN_VALUE), EINVAL, 'length 2^63')
    refused(mmap(FREE, 0x8000_0000_0000), EINVAL, 'all memory of tasks')
  })
  test('MEM0006', 'MMAP refuses bad protections', () => {
    refused(mmap(FREE, PAGE_BYTES, 0), EINVAL, 'none')
    refused(mmap(FREE, PAGE_BYTES, 8), EINVAL, 'bit 3')
    refused(mmap(FREE, PAGE_BYTES, -1), EINVAL, 'all bits')
    refused(mmap(FREE, PAGE_BYTES, PROT_WRITE | PROT_EXEC), EINVAL, 'writable and executable')
    refused(mmap(FREE, PAGE_BYTES, 7), EINVAL, 'everything')
    refused(mmap(FREE, PAGE_BYTES, 0x1_0000_0003), EINVAL, 'right in the low half only')
  })
  test('MEM0007', 'more memory than there is gives ENOMEM, and takes nothing', () => {
    const before = freePages()
    refused(mmap(FREE, 0x100_0000_0000), ENOMEM, '1 TiB')
    refused(mmap(0, (before + 1000) * PAGE_BYTES), ENOMEM, 'a little more than there is')
    same(freePages(), before, 'free pages')
  })
  test(
    'MEM0008',
    'memory is promised when it is mapped, and given back when it is unmapped',
    () => {
      const before = freePages()
      granted(mmap(FREE, 500 * PAGE_BYTES), 'map')
      same(freePages(), before - 500, 'free pages')
      store64(FREE as u64, 1)
      holds(before - freePages() <= 503, 'a touch takes more than page tables')
      same(syscall(SYS_MUNMAP, FREE), 0, 'unmap')
      holds(before - freePages() <= 3, 'pages are missing')
    },
  )
  test('MEM0009', 'MUNMAP refuses what is no start of a mapping made by MMAP', () => {
    granted(mmap(FREE, 2 * PAGE_BYTES), 'map')
    refused(syscall(SYS_MUNMAP, FREE + PAGE_BYTES), EINVAL, 'the middle')
    refused(syscall(SYS_MUNMAP, FREE + 8), EINVAL, 'an odd address')
    refused(syscall(SYS_MUNMAP, 0x2_0000_0000), EINVAL, 'code')
    refused(syscall(SYS_MUNMAP, 0x1_0000), EINVAL, 'data')
    refused(syscall(SYS_MUNMAP, 0x2_fffc_0000), EINVAL, 'the stack')
    refused(syscall(SYS_MUNMAP, -4096), EINVAL, 'the kernel')
    same(syscall(SYS_MUNMAP, FREE), 0, 'its start')
    refused(syscall(SYS_MUNMAP, FREE), EINVAL, 'again')
  })
  test('MEM0010', 'memory that was unmapped faults', () => {
    const code = new Code().set(0, 0).set(1, 4096).set(2, 3).call(SYS_MMAP).add(mov19())
    code.add(str(0, 19)).call(SYS_MUNMAP).expect(0, 0, 1).add(ldr(1, 19)).exit(2)
    ends(startElf(new Elf(code)), 139, REASON_FAULT)
  })
  test('MEM0011', 'MPROTECT changes single pages of a mapping', () => {
    granted(mmap(FREE, 3 * PAGE_BYTES), 'map')
    store64(FREE as u64, 1)
    store64((FREE + PAGE_BYTES) as u64, 2)
    same(syscall(SYS_MPROTECT, FREE + PAGE_BYTES, PAGE_BYTES, PROT_READ), 0, 'protect')
    same(load64((FREE + PAGE_BYTES) as u64), 2, 'it can be read')
    store64(FREE as u64, 3)
    store64((FREE + 2 * PAGE_BYTES) as u64, 4)
    same(syscall(SYS_MPROTECT, FREE + PAGE_BYTES, PAGE_BYTES, BOTH), 0, 'protect')
    store64((FREE + PAGE_BYTES) as u64, 5)
    same(load64((FREE + PAGE_BYTES) as u64), 5, 'it can be written again')
  })
  test('MEM0012', 'MPROTECT refuses bad ranges and protections', () => {
    granted(mmap(FREE, 2 * PAGE_BYTES), 'map')
    refused(syscall(SYS_MPROTECT, FREE + 1, PAGE_BYTES, 1), EINVAL, 'an odd address')
    refused(syscall(SYS_MPROTECT, FREE, 0, 1), EINVAL, 'nothing')
    refused(syscall(SYS_MPROTECT, FREE, -1, 1), EINVAL, 'length -1')
    refused(syscall(SYS_MPROTECT, FREE, PAGE_BYTES, 0), EINVAL, 'no protection')
    refused(syscall(SYS_MPROTECT, FREE, PAGE_BYTES, 6), EINVAL, 'writable and executable')
    refused(syscall(SYS_MPROTECT, FREE, PAGE_BYTES, 15), EINVAL, 'bit 3')
    refused(syscall(SYS_MPROTECT, -4096, PAGE_BYTES, 1), EINVAL, 'the kernel')
    refused(syscall(SYS_MPROTECT, FREE, 3 * PAGE_BYTES, 1), ENOMEM, 'more than is mapped')
    refused(syscall(SYS_MPROTECT, FREE - PAGE_BYTES, PAGE_BYTES, 1), ENOMEM, 'not mapped')
    store64(FREE as u64, 1)
  })
  test('MEM0013', 'MPROTECT leaves shared memory alone', () => {
    const shm = createShm(PAGE_BYTES)
    const at = map(shm)
    refused(syscall(SYS_MPROTECT, at as i64, PAGE_BYTES, PROT_READ), EACCES, 'protect')
    store64(at, 1)
    close(shm)
  })
  test('MEM0014', 'pages that become executable show what was written to them', () => {
    const code = new Code().set(0, 0).set(1, 4096).set(2, 3).call(SYS_MMAP).add(mov19())
    for (let round: u32 = 1; round < 4; round++) {
      // MOVZ X0, #round; RET
      code.set(1, (0xd65f03c0_00000000 as u64) | ((0xd2800000 + (round << 5)) as u64))
      code.add(str(1, 19)).add(0xaa1303e0).set(1, 4096).set(2, 5).call(SYS_MPROTECT)
      code
        .expect(0, 0, 10)
        .add(0xd63f0260)
        .expect(0, round, round as i32)
      code.add(0xaa1303e0).set(1, 4096).set(2, 3).call(SYS_MPROTECT).expect(0, 0, 11)
    }
    ends(startElf(new Elf(code.exit(0))), 0)
  })
  test('MEM0015', 'more mappings than a task may have give EMFILE', () => {
    let made = 0
    let at = FREE
    while (made < MAX_MAPPINGS) {
      const answer = mmap(at, PAGE_BYTES)
      if (answer < 0) break
      made++
      at += 2 * PAGE_BYTES
    }
    refused(mmap(at, PAGE_BYTES), EMFILE, 'one more')
    holds(made >= 48, 'there are fewer than promised')
    same(syscall(SYS_MUNMAP, FREE), 0, 'unmap one')
    granted(mmap(at, PAGE_BYTES), 'map one')
  })
  test('MEM0016', 'the heap grows by whole pages of zeros', () => {
    const code = new Code()
      .set(0, 0)
      .call(SYS_BRK)
      .add(mov19())
      .add(addImmediate(0, 0, 1))
    code.call(SYS_BRK).add(0xcb130000).set(1, 4096).add(0xeb01001f).exitUnlessEqual(1)
    code.add(ldr(1, 19)).expect(1, 0, 2).add(str(19, 19)).add(ldr(1, 19)).add(0xeb13003f)
    ends(startElf(new Elf(code.exitUnlessEqual(3).exit(0))), 0)
  })
  test('MEM0017', 'the heap shrinks, and what is gone faults', () => {
    const code = new Code()
      .set(0, 0)
      .call(SYS_BRK)
      .add(mov19())
      .add(addImmediate(0, 0, 1))
    code.call(SYS_BRK).add(str(19, 19)).add(0xaa1303e0).call(SYS_BRK)
    code.add(0xeb13001f).exitUnlessEqual(1).add(ldr(1, 19)).exit(2)
    ends(startElf(new Elf(code)), 139, REASON_FAULT)
  })
  test('MEM0018', 'BRK refuses what the heap cannot be', () => {
    const end = granted(syscall(SYS_BRK, 0), 'ask')
    refused(syscall(SYS_BRK, 4096), EINVAL, 'below its start')
    refused(syscall(SYS_BRK, 0x1_0000_1000), EINVAL, 'above 4 GiB')
    refused(syscall(SYS_BRK, -4096), EINVAL, 'the kernel')
    refused(syscall(SYS_BRK, i64.MIN_VALUE), EINVAL, '2^63')
    same(syscall(SYS_BRK, 0), end, 'the end')
  })
  test('MEM0019', 'the heap does not grow into a mapping', () => {
    const end = granted(syscall(SYS_BRK, 0), 'ask')
    granted(mmap(end + 16 * PAGE_BYTES, PAGE_BYTES), 'map')
    refused(syscall(SYS_BRK, end + 17 * PAGE_BYTES), EINVAL, 'grow')
    same(syscall(SYS_BRK, end + 16 * PAGE_BYTES), end + 16 * PAGE_BYTES, 'grow up to it')
    same(syscall(SYS_BRK, end), end, 'shrink')
  })
  test('MEM0020', 'a heap that would exceed the page limit gives ENOMEM', () => {
    refused(syscall(SYS_BRK, 0xffff_f000), ENOMEM, 'nearly 4 GiB')
    const at = granted(syscall(SYS_BRK, 0), 'ask')
    holds(at < 0x8000_0000, 'it grew')
  })
  test('MEM0021', 'a task cannot see the memory of another', () => {
    const page = freshPage()
    store64(page as u64, 0x1234)
    const code = new Code().set(1, page as u64).add(ldr(0, 1))
    ends(startElf(new Elf(code.exit(1))), 139, REASON_FAULT)
  })
  test('MEM0022', 'memory of a task that ended is given to others as zeros', () => {
    new Child('hold-memory', 50).start().until(STATE_SLEEPING).stop()
    const at = granted(mmap(FREE, 100 * PAGE_BYTES), 'map') as u64
    for (let i: u64 = 0; i < 100; i++) same(load64(at + i * 4096), 0, 'a word')
  })
}

/** MOV X19, X0 */
function mov19(): u32 {
  return 0xaa0003f3
}

function addShared(): void {
  test('SHM0001', 'two tasks that map the same memory see what the other writes', () => {
    const shm = createShm(PAGE_BYTES)
    const at = map(shm)
    store64(at, 41)
    const bell = createNotification(1)
    const child = new Child('share').give(SHARED, shm).give(BELL, bell).start()
    same(waitNotification(1), 1, 'bits')
    same(load64(at), 42, 'the word')
    store64(at, 7)
    notify(child.task, 1)
    same(waitNotification(1), 1, 'bits')
    same(load64(at), 8, 'the word')
    child.stop()
    close(bell)
    close(shm)
  })
  test('SHM0002', 'shared memory begins as zeros', () => {
    for (let round = 0; round < 3; round++) {
      const shm = createShm(4 * PAGE_BYTES)
      const at = map(shm)
      for (let i: u64 = 0; i < 4; i++) {
        same(load64(at + i * 4096), 0, 'a word')
        store64(at + i * 4096, 99)
      }
      same(syscall(SYS_SHMUNMAP, shm), 0, 'unmap')
      close(shm)
    }
  })
  test('SHM0003', 'SHMCREATE refuses sizes of none and too much', () => {
    refused(syscall(SYS_SHMCREATE, 0), EINVAL, 'nothing')
    refused(syscall(SYS_SHMCREATE, 0x400_0001), EINVAL, 'above 64 MiB')
    refused(syscall(SYS_SHMCREATE, -1), EINVAL, 'size -1')
    refused(syscall(SYS_SHMCREATE, i64.MIN_VALUE), EINVAL, 'size 2^63')
  })
  test('SHM0004', 'SHMMAP takes the address it is given, and refuses bad ones', () => {
    const shm = createShm(2 * PAGE_BYTES)
    same(syscall(SYS_SHMMAP, shm, FREE, 0), FREE, 'address')
    refused(syscall(SYS_SHMMAP, shm, FREE, 0), EEXIST, 'the same again')
    refused(syscall(SYS_SHMMAP, shm, FREE + PAGE_BYTES, 0), EEXIST, 'into it')
    refused(syscall(SYS_SHMMAP, shm, FREE + 0x10001, 0), EINVAL, 'an odd address')
    const addresses = badAddresses()
    for (let i = 1; i < addresses.length; i++) {
      if (addresses[i] === 0x5_0000_0000) continue
      refused(syscall(SYS_SHMMAP, shm, addresses[i], 0), EINVAL, 'map')
    }
    close(shm)
  })
  test('SHM0005', 'the rights of a handle bound the protection', () => {
    const shm = createShm(PAGE_BYTES)
    const reader = copyHandle(shm, RIGHT_READ)
    refused(syscall(SYS_SHMMAP, reader, 0, BOTH), EPERM, 'writable')
    refused(syscall(SYS_SHMMAP, reader, 0, PROT_WRITE), EPERM, 'writable only')
    refused(syscall(SYS_SHMMAP, reader, 0, PROT_EXEC), EPERM, 'executable')
    refused(syscall(SYS_SHMMAP, shm, 0, PROT_READ | PROT_EXEC), EPERM, 'executable by the maker')
    refused(syscall(SYS_SHMMAP, shm, 0, 8), EINVAL, 'bit 3')
    const none = copyHandle(shm, RIGHT_TRANSFER)
    refused(syscall(SYS_SHMMAP, none, 0, 0), EPERM, 'without any right')
    holds(map(reader) !== 0, 'readable')
    close(none)
    close(reader)
    close(shm)
  })
  test('SHM0006', 'memory mapped to be read cannot be written', () => {
    const shm = createShm(PAGE_BYTES)
    const child = new Child('write-shared').give(SHARED, shm, RIGHT_READ).start()
    child.ends(139, REASON_FAULT)
    same(load64(map(shm)), 0, 'the word')
    close(shm)
  })
  test('SHM0007', 'memory lives on while it is mapped, though all handles are closed', () => {
    const shm = createShm(PAGE_BYTES)
    const at = map(shm)
    store64(at, 5)
    close(shm)
    syscall(SYS_NANOSLEEP, 1_000_000)
    same(load64(at), 5, 'the word')
    refused(syscall(SYS_SHMUNMAP, shm), EBADF, 'unmap by a handle that is closed')
  })
  test('SHM0008', 'SHMUNMAP undoes the last mapping, and refuses when there is none', () => {
    const shm = createShm(PAGE_BYTES)
    refused(syscall(SYS_SHMUNMAP, shm), EINVAL, 'not mapped')
    const first = map(shm)
    const second = map(shm)
    holds(first !== second, 'both are at one address')
    store64(first, 3)
    same(load64(second), 3, 'the word in the second')
    same(syscall(SYS_SHMUNMAP, shm), 0, 'unmap')
    same(syscall(SYS_SHMUNMAP, shm), 0, 'unmap')
    refused(syscall(SYS_SHMUNMAP, shm), EINVAL, 'unmap again')
    same(load64(map(shm)), 3, 'the word')
    close(shm)
  })
  test('SHM0009', 'SHMGRANT puts a handle into the table of another task', () => {
    const shm = createShm(PAGE_BYTES)
    const child = new Child('sleep-then-rights', 64).start().until(STATE_SLEEPING)
    same(syscall(SYS_SHMGRANT, shm, child.task, 0), 64, 'slot')
    child.ends(RIGHT_READ | RIGHT_WRITE)
    close(shm)
  })
  test('SHM0010', 'SHMGRANT refuses what it may not give', () => {
    const shm = createShm(PAGE_BYTES)
    const child = new Child('exit').start().until(STATE_DEAD)
    refused(syscall(SYS_SHMGRANT, shm, child.task, 0), ESRCH, 'to a task that has ended')
    refused(syscall(SYS_SHMGRANT, shm, 2, 0), EBADF, 'to a pipe')
    refused(syscall(SYS_SHMGRANT, 2, child.task, 0), EBADF, 'a pipe')
    const bound = copyHandle(shm, RIGHT_READ)
    refused(syscall(SYS_SHMGRANT, bound, child.task, 0), EPERM, 'without TRANSFER')
    close(bound)
    child.ends(0)
    close(shm)
  })
  test('SHM0011', 'SHMREVOKE takes memory from everybody else, who then fault', () => {
    const shm = createShm(PAGE_BYTES)
    const at = map(shm)
    const bell = createNotification(1)
    const child = new Child('poll-shared').give(SHARED, shm).give(BELL, bell).start()
    same(waitNotification(1), 1, 'it has mapped it')
    const copy = copyHandle(shm)
    same(syscall(SYS_SHMREVOKE, shm), 0, 'revoke')
    child.ends(139, REASON_FAULT)
    store64(at, 77)
    same(load64(at), 77, 'the mapping of the caller')
    refused(syscall(SYS_SHMMAP, copy), EBADF, 'map by another handle')
    refused(syscall(SYS_HANDLE_INFO, copy), EBADF, 'information of another handle')
    same(load64(map(shm)), 77, 'map by the own handle')
    close(copy)
    close(shm)
    close(bell)
  })
  test('SHM0012', 'SHMDESTROY takes it from all, the caller included', () => {
    const shm = createShm(3 * PAGE_BYTES)
    const before = freePages()
    same(syscall(SYS_SHMDESTROY, shm), 0, 'destroy')
    refused(syscall(SYS_SHMMAP, shm), EBADF, 'map')
    for (let i = 0; i < 50 && freePages() < before + 3; i++) syscall(SYS_NANOSLEEP, 1_000_000)
    holds(freePages() >= before + 3, 'its pages are not free')
    close(shm)
  })
  test('SHM0013', 'revoking and destroying need MANAGE', () => {
    const shm = createShm(PAGE_BYTES)
    const weak = copyHandle(shm, RIGHT_ALL & ~RIGHT_MANAGE)
    refused(syscall(SYS_SHMREVOKE, weak), EPERM, 'revoke')
    refused(syscall(SYS_SHMDESTROY, weak), EPERM, 'destroy')
    same(syscallMany(SYS_HANDLE_INFO, shm), KIND_SHM, 'the memory')
    close(weak)
    close(shm)
  })
  test('SHM0014', 'a handle of memory that is gone stays bad when its place is used again', () => {
    const shm = createShm(PAGE_BYTES)
    const copy = copyHandle(shm)
    same(syscall(SYS_SHMDESTROY, shm), 0, 'destroy')
    close(shm)
    syscall(SYS_NANOSLEEP, 2_000_000)
    const others: i32[] = []
    for (let i = 0; i < 8; i++) others.push(createShm(PAGE_BYTES))
    refused(syscall(SYS_SHMMAP, copy), EBADF, 'map')
    refused(syscall(SYS_HANDLE_INFO, copy), EBADF, 'information')
    for (let i = 0; i < 8; i++) close(others[i])
    close(copy)
  })
  test('SHM0015', 'destroying memory that a task maps faults that task only', () => {
    const shm = createShm(PAGE_BYTES)
    const bell = createNotification(1)
    const child = new Child('poll-shared').give(SHARED, shm).give(BELL, bell).start()
    same(waitNotification(1), 1, 'it has mapped it')
    same(syscall(SYS_SHMDESTROY, shm), 0, 'destroy')
    child.ends(139, REASON_FAULT)
    close(shm)
    close(bell)
  })
  test('SHM0016', 'the largest shared memory can be made and touched at both ends', () => {
    const bytes: i64 = 0x400_0000
    const answer = syscall(SYS_SHMCREATE, bytes)
    if (answer === -ENOMEM) return
    const shm = granted(answer, 'create') as i32
    const at = map(shm)
    store64(at, 1)
    store64(at + (bytes as u64) - 8, 2)
    same(load64(at), 1, 'first word')
    close(shm)
  })
  test('SHM0017', 'a task that maps shared memory can be killed', () => {
    const shm = createShm(PAGE_BYTES)
    const bell = createNotification(1)
    const child = new Child('share').give(SHARED, shm).give(BELL, bell).start()
    same(waitNotification(1), 1, 'it has mapped it')
    child.stop()
    same(load64(map(shm)), 1, 'the word')
    close(bell)
    close(shm)
  })
  test('SHM0018', 'shared memory counts for its maker until it is destroyed', () => {
    const before = freePages()
    const shm = createShm(40 * PAGE_BYTES)
    same(freePages(), before - 40, 'free pages')
    close(shm)
    for (let i = 0; i < 50 && freePages() < before; i++) syscall(SYS_NANOSLEEP, 1_000_000)
    same(freePages(), before, 'free pages')
  })
  test('SHM0019', 'executable memory needs EXEC, which its maker does not have', () => {
    const shm = createShm(PAGE_BYTES)
    const copy = copyHandle(shm, RIGHT_ALL)
    syscallMany(SYS_HANDLE_INFO, copy)
    same(result(1) & RIGHT_EXEC, 0, 'the right EXEC')
    refused(syscall(SYS_SHMMAP, copy, 0, PROT_EXEC), EPERM, 'map')
    close(copy)
    close(shm)
  })
}

export function addMemoryCases(): void {
  addMappings()
  addShared()
}
