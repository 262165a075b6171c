/** Addresses given to system calls: a bad one gives EFAULT, has no effect, and never faults the kernel or the caller. */
import {
  EBADF,
  EFAULT,
  MAX_HANDLES,
  PAGE_BYTES,
  SLOT_LOG,
  SYS_HANDLE_INFO,
  SYS_LEASE,
  SYS_LOG_READ,
  SYS_MMAP,
  SYS_PIPE,
  SYS_READ,
  SYS_TASKINFO,
  SYS_WRITE,
  TASKINFO_BYTES,
} from '../../libkenix/generated/abi'
import { close } from '../../libkenix/handle'
import { load64, store64 } from '../../libkenix/imports/mem64'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { badAddresses, edge, freshPage, readOnlyPage, USER_END } from '../addresses'
import { granted, needs, refused, same } from '../check'
import { test } from '../registry'

/** Code of this program: it can be read and executed. */
const CODE: i64 = 0x2_0000_0000

/** A pipe. */
class Pipe {
  readonly reader: i32
  readonly writer: i32

  constructor() {
    this.reader = granted(syscallMany(SYS_PIPE), 'pipe') as i32
    this.writer = result(1) as i32
  }

  /** Bytes in it. */
  get level(): i64 {
    syscallMany(SYS_HANDLE_INFO, this.reader)
    return result(2)
  }

  fill(bytes: i32): Pipe {
    same(syscall(SYS_WRITE, this.writer, CODE, bytes), bytes, 'bytes written')
    return this
  }

  close(): void {
    close(this.reader)
    close(this.writer)
  }
}

export function addPointerCases(): void {
  test('PTR0001', 'WRITE to a pipe from a bad address gives EFAULT and writes nothing', () => {
    const pipe = new Pipe()
    const addresses = badAddresses()
    for (let i = 0; i < addresses.length; i++) {
      refused(syscall(SYS_WRITE, pipe.writer, addresses[i], 16), EFAULT, 'write')
      same(pipe.level, 0, 'bytes in the pipe')
    }
    pipe.close()
  })
  test('PTR0002', 'READ from a pipe to a bad address gives EFAULT and loses nothing', () => {
    const pipe = new Pipe().fill(100)
    const addresses = badAddresses()
    for (let i = 0; i < addresses.length; i++) {
      refused(syscall(SYS_READ, pipe.reader, addresses[i], 16), EFAULT, 'read')
      same(pipe.level, 100, 'bytes in the pipe')
    }
    pipe.close()
  })
  test('PTR0003', 'READ to memory that can only be read gives EFAULT', () => {
    const pipe = new Pipe().fill(100)
    const page = readOnlyPage()
    refused(syscall(SYS_READ, pipe.reader, page, 16), EFAULT, 'to a read-only page')
    refused(syscall(SYS_READ, pipe.reader, CODE, 16), EFAULT, 'to code')
    same(load64(page as u64), 0, 'the page')
    same(pipe.level, 100, 'bytes in the pipe')
    pipe.close()
  })
  test('PTR0004', 'a buffer that runs into an unmapped page gives EFAULT', () => {
    const pipe = new Pipe()
    refused(syscall(SYS_WRITE, pipe.writer, edge(8), 16), EFAULT, 'write')
    same(pipe.level, 0, 'bytes in the pipe')
    pipe.fill(64)
    refused(syscall(SYS_READ, pipe.reader, edge(8), 16), EFAULT, 'read')
    same(pipe.level, 64, 'bytes in the pipe')
    same(syscall(SYS_READ, pipe.reader, edge(8), 8), 8, 'read up to the end of the page')
    pipe.close()
  })
  test('PTR0005', 'a buffer over two pages is written and read whole', () => {
    const pipe = new Pipe()
    const first = granted(syscall(SYS_MMAP, 0x6_8000_0000, 2 * PAGE_BYTES, 3), 'map') as u64
    store64(first + 4088, 0x1122334455667788)
    store64(first + 4096, 0x99aabbccddeeff00)
    same(syscall(SYS_WRITE, pipe.writer, (first + 4088) as i64, 16), 16, 'write')
    same(syscall(SYS_READ, pipe.reader, (first + 4080) as i64, 16), 16, 'read')
    same(load64(first + 4080), 0x1122334455667788, 'first word')
    same(load64(first + 4088), 0x99aabbccddeeff00, 'second word')
    pipe.close()
  })
  test('PTR0006', 'lengths that go around the end of addresses give EFAULT', () => {
    const pipe = new Pipe().fill(8)
    const page = freshPage()
    refused(syscall(SYS_READ, pipe.reader, page, -1), EFAULT, 'read')
    refused(syscall(SYS_READ, pipe.reader, page, i64.MIN_VALUE), EFAULT, 'read')
    refused(syscall(SYS_WRITE, pipe.writer, page, -page), EFAULT, 'write')
    refused(syscall(SYS_WRITE, pipe.writer, page, USER_END), EFAULT, 'write')
    same(pipe.level, 8, 'bytes in the pipe')
    pipe.close()
  })
  test('PTR0007', 'a first touch by the kernel is as good as one by the task', () => {
    const pipe = new Pipe()
    same(syscall(SYS_WRITE, pipe.writer, freshPage(), 16), 16, 'write from an untouched page')
    const page = freshPage()
    same(syscall(SYS_READ, pipe.reader, page, 16), 16, 'read to an untouched page')
    same(load64(page as u64), 0, 'zeros')
    pipe.close()
  })
  test('PTR0008', 'LOG_READ to a bad address gives EFAULT', () => {
    needs(SLOT_LOG)
    const addresses = badAddresses()
    for (let i = 0; i < addresses.length; i++) {
      refused(syscall(SYS_LOG_READ, SLOT_LOG, 0, addresses[i], 16), EFAULT, 'log read')
    }
    refused(syscall(SYS_LOG_READ, SLOT_LOG, 0, readOnlyPage(), 16), EFAULT, 'a read-only page')
  })
  test('PTR0009', 'WRITE to the log from a bad address gives EFAULT', () => {
    needs(SLOT_LOG)
    const addresses = badAddresses()
    for (let i = 0; i < addresses.length; i++) {
      refused(syscall(SYS_WRITE, SLOT_LOG, addresses[i], 16), EFAULT, 'write')
    }
  })
  test('PTR0010', 'TASKINFO to a bad address gives EFAULT', () => {
    const addresses = badAddresses()
    for (let i = 0; i < addresses.length; i++) {
      refused(syscall(SYS_TASKINFO, 0, addresses[i]), EFAULT, 'task information')
    }
    refused(syscall(SYS_TASKINFO, 0, readOnlyPage()), EFAULT, 'to a read-only page')
    refused(syscall(SYS_TASKINFO, 0, edge(TASKINFO_BYTES - 8)), EFAULT, 'over the end of a page')
    granted(syscall(SYS_TASKINFO, 0, edge(TASKINFO_BYTES)), 'up to the end of a page')
  })
  test('PTR0011', 'LEASE of what cannot be memory of a task gives EFAULT', () => {
    refused(syscall(SYS_LEASE, USER_END, 1, 1), EFAULT, 'behind the end')
    refused(syscall(SYS_LEASE, USER_END - 8, 16, 1), EFAULT, 'over the end')
    refused(syscall(SYS_LEASE, -1, 1, 1), EFAULT, 'the last byte')
    refused(syscall(SYS_LEASE, 4096, -1, 1), EFAULT, 'length -1')
    refused(syscall(SYS_LEASE, 0xffff_9000_0000_0000, 16, 3), EFAULT, 'the kernel')
  })
  test('PTR0012', 'handles outside of the table give EBADF, whatever their low bits say', () => {
    const handles: i64[] = [MAX_HANDLES, 4096, -1, -2, i64.MAX_VALUE, i64.MIN_VALUE, 0x1_0000_0002]
    for (let i = 0; i < handles.length; i++) {
      refused(syscall(SYS_READ, handles[i], CODE, 1), EBADF, 'read')
      refused(syscall(SYS_WRITE, handles[i], CODE, 1), EBADF, 'write')
      refused(syscall(SYS_HANDLE_INFO, handles[i]), EBADF, 'information')
    }
  })
}
