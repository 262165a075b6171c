/** SPAWN: what a program is given, and what a spawn block may not say. */
import {
  E2BIG,
  EBADF,
  EFAULT,
  EINVAL,
  ENOMEM,
  EPERM,
  KIND_PIPE,
  MAX_ARGUMENT_BYTES,
  MAX_ARGUMENTS,
  MAX_SPAWN_HANDLES,
  PAGE_BYTES,
  REASON_FAULT,
  RIGHT_ALL,
  RIGHT_READ,
  RIGHT_RECV,
  RIGHT_TRANSFER,
  RIGHT_WRITE,
  SLOT_STDERR,
  SPAWN_BLOCK_ARGS,
  SPAWN_BLOCK_ARGS_BYTES,
  SPAWN_BLOCK_ENV,
  SPAWN_BLOCK_ENV_BYTES,
  SPAWN_BLOCK_FAULT_ENDPOINT,
  SPAWN_BLOCK_FLAGS,
  SPAWN_BLOCK_HANDLE_COUNT,
  SPAWN_BLOCK_HANDLES,
  SPAWN_BLOCK_NAME,
  SPAWN_BLOCK_NAME_BYTES,
  SPAWN_BLOCK_PAGE_LIMIT,
  SPAWN_BLOCK_PRIORITY,
  SPAWN_BLOCK_STACK_BYTES,
  SYS_EXIT,
  SYS_GETPID,
  SYS_HANDLE_INFO,
  SYS_MMAP,
  SYS_NANOSLEEP,
  SYS_SPAWN,
  SYS_SYSINFO,
  SYSINFO_MEMORY,
} from '../../libkenix/generated/abi'
import { close, copyHandle } from '../../libkenix/handle'
import { createEndpoint } from '../../libkenix/ipc'
import { kill, tasks, wait } from '../../libkenix/process'
import { result, syscall, syscallMany } from '../../libkenix/syscall'
import { Block } from '../block'
import { granted, refused, same } from '../check'
import { ends } from '../child'
import { Code, DATA_HEADER, Elf, P_MEMSZ, P_VADDR } from '../elf'
import { addImmediate, cmp, ldr } from '../instructions'
import { test } from '../registry'
import { PROGRAM } from '../slots'

/** Nothing lies behind it. */
const HIGH: u64 = 0x1000_0000_0000
const FOR_EVER: u64 = 1_000_000_000_000

/** A program that ends with a code. */
function exits(code: i32): Elf {
  return new Elf(new Code().exit(code))
}

function sleeps(): Elf {
  return new Elf(new Code().set(0, FOR_EVER).call(SYS_NANOSLEEP).exit(1))
}

/** Ends a task that sleeps. */
function end(task: i32): void {
  kill(task, 1)
  wait(task)
  close(task)
}

/** A program that ends with the first byte of string `i` of its start block (0 is the first argument). */
function tells(i: i32): Elf {
  const code = new Code().add(ldr(1, 0, 8 + ((i as u32) << 3)))
  // LDRB W0, [X1]
  return new Elf(code.add(0x39400020).call(SYS_EXIT))
}

/** What blocks point to, so that it is not collected. */
const kept: ArrayBuffer[] = []

function withStrings(block: Block, args: string, env: string): Block {
  const a = String.UTF8.encode(args)
  const e = String.UTF8.encode(env)
  kept.push(a)
  kept.push(e)
  block.set(SPAWN_BLOCK_ARGS, changetype<usize>(a)).set(SPAWN_BLOCK_ARGS_BYTES, a.byteLength)
  return block.set(SPAWN_BLOCK_ENV, changetype<usize>(e)).set(SPAWN_BLOCK_ENV_BYTES, e.byteLength)
}

export function addSpawnCases(): void {
  test('SPN0001', 'a program without a block starts, and gets descriptors 0 to 2', () => {
    const code = new Code().set(0, SLOT_STDERR).call(SYS_HANDLE_INFO)
    code.expect(0, KIND_PIPE, 1).set(0, PROGRAM).call(SYS_HANDLE_INFO).expect(0, 2, 2)
    code.set(0, 55).call(SYS_HANDLE_INFO).exit(0)
    const elf = new Elf(code)
    ends(granted(syscall(SYS_SPAWN, elf.address, elf.bytes, 0), 'spawn') as i32, 0)
  })
  test('SPN0002', 'the start block holds arguments and environment in order', () => {
    const block = withStrings(new Block(), 'alpha\0beta\0', 'gamma=1\0delta=2\0')
    ends(granted(block.spawn(tells(0)), 'spawn') as i32, 0x61)
    ends(granted(block.spawn(tells(1)), 'spawn') as i32, 0x62)
    ends(granted(block.spawn(tells(3)), 'spawn') as i32, 0x67)
    ends(granted(block.spawn(tells(4)), 'spawn') as i32, 0x64)
  })
  test('SPN0003', 'the start block begins with the count and ends with the auxiliary pairs', () => {
    const block = withStrings(new Block(), 'a\0', '')
    const code = new Code().add(ldr(1, 0, 0)).expect(1, 1, 1)
    code
      .add(ldr(1, 0, 16))
      .expect(1, 0, 2)
      .add(ldr(1, 0, 24))
      .expect(1, 0, 3)
    code
      .add(ldr(1, 0, 32))
      .expect(1, 6, 4)
      .add(ldr(1, 0, 48))
      .expect(1, 9, 5)
    code
      .add(ldr(1, 0, 56))
      .set(2, 0x400100)
      .add(cmp(1, 2))
      .exitUnlessEqual(6)
    code
      .add(ldr(1, 0, 40))
      .set(2, 4096)
      .add(cmp(1, 2))
      .exitUnlessEqual(7)
    code
      .add(ldr(1, 0, 64))
      .expect(1, 0, 8)
      .add(ldr(1, 0, 72))
      .expect(1, 0, 9)
      .exit(0)
    ends(granted(block.spawn(new Elf(code)), 'spawn') as i32, 0)
  })
  test('SPN0004', 'the stack pointer is a multiple of 16 whatever the strings are', () => {
    const texts: string[] = ['', 'a\0', 'ab\0', 'abc\0d\0', '\0', '\0\0\0', 'abcdefghijklmno\0']
    const code = new Code().add(addImmediate(1, 31, 0))
    // AND X1, X1, #15
    code.add(0x92400c21).expect(1, 0, 1).exit(0)
    const elf = new Elf(code)
    for (let i = 0; i < texts.length; i++) {
      ends(granted(withStrings(new Block(), texts[i], '').spawn(elf), 'spawn') as i32, 0)
    }
  })
  test('SPN0005', 'arguments that do not end with NUL are refused', () => {
    refused(withStrings(new Block(), 'abc', '').spawn(exits(0)), EINVAL, 'arguments')
    refused(withStrings(new Block(), 'a\0', 'b=c').spawn(exits(0)), EINVAL, 'environment')
  })
  test('SPN0006', 'too many or too long arguments give E2BIG', () => {
    const bytes = new StaticArray<u8>(MAX_ARGUMENT_BYTES + 1)
    const block = new Block().set(SPAWN_BLOCK_ARGS, changetype<usize>(bytes))
    block.set(SPAWN_BLOCK_ARGS_BYTES, MAX_ARGUMENT_BYTES + 1)
    refused(block.spawn(exits(0)), E2BIG, 'too long')
    block.set(SPAWN_BLOCK_ARGS_BYTES, MAX_ARGUMENTS + 1)
    refused(block.spawn(exits(0)), E2BIG, 'too many')
    block.set(SPAWN_BLOCK_ARGS_BYTES, i64.MAX_VALUE).set(SPAWN_BLOCK_ENV_BYTES, i64.MAX_VALUE)
    refused(block.spawn(exits(0)), E2BIG, 'lengths whose sum overflows')
    block.set(SPAWN_BLOCK_ARGS_BYTES, -1).set(SPAWN_BLOCK_ENV_BYTES, 2)
    refused(block.spawn(exits(0)), E2BIG, 'a negative length')
    block.set(SPAWN_BLOCK_ARGS_BYTES, MAX_ARGUMENTS).set(SPAWN_BLOCK_ENV_BYTES, 0)
    ends(granted(block.spawn(exits(9)), 'as many as there may be') as i32, 9)
  })
  test('SPN0007', 'arguments at bad addresses give EFAULT', () => {
    const block = new Block().set(SPAWN_BLOCK_ARGS_BYTES, 8)
    refused(block.set(SPAWN_BLOCK_ARGS, 0).spawn(exits(0)), EFAULT, 'null')
    refused(block.set(SPAWN_BLOCK_ARGS, 0x5_0000_0000).spawn(exits(0)), EFAULT, 'nowhere')
    refused(block.set(SPAWN_BLOCK_ARGS, i64.MIN_VALUE).spawn(exits(0)), EFAULT, 'no address')
    block.set(SPAWN_BLOCK_ARGS, 0xffff_9000_0000_0000)
    refused(block.spawn(exits(0)), EFAULT, 'the kernel')
    block.set(SPAWN_BLOCK_ARGS_BYTES, 0).set(SPAWN_BLOCK_ENV_BYTES, 8)
    refused(block.set(SPAWN_BLOCK_ENV, 0x5_0000_0000).spawn(exits(0)), EFAULT, 'environment')
  })
  test('SPN0008', 'handles are installed where the block says, with the rights it says', () => {
    const endpoint = createEndpoint()
    const block = new Block().install(0, endpoint, RIGHT_READ).install(255, endpoint, RIGHT_ALL)
    const code = new Code().set(0, 0).call(SYS_HANDLE_INFO).expect(0, 1, 1).expect(1, 1, 2)
    code.set(0, 255).call(SYS_HANDLE_INFO).expect(0, 1, 3).expect(1, RIGHT_ALL, 4)
    code
      .set(0, 64)
      .call(SYS_HANDLE_INFO)
      .add(addImmediate(0, 0, 9))
      .expect(0, 0, 5)
      .exit(0)
    ends(granted(block.spawn(new Elf(code)), 'spawn') as i32, 0)
    close(endpoint)
  })
  test('SPN0009', 'a program gets no handle that the block does not name', () => {
    const code = new Code()
    const probed: i32[] = [0, 1, 2, 33, 35, 55, 56, 60, 62, 63, 64, 65]
    for (let i = 0; i < probed.length; i++) {
      code
        .set(0, probed[i])
        .call(SYS_HANDLE_INFO)
        .add(addImmediate(0, 0, 9))
        .expect(0, 0, i + 1)
    }
    ends(granted(new Block().spawn(new Elf(code.exit(0))), 'spawn') as i32, 0)
  })
  test('SPN0010', 'handles that do not exist or may not be given are refused', () => {
    refused(new Block().install(0, 200, RIGHT_ALL).spawn(exits(0)), EBADF, 'an empty slot')
    refused(new Block().install(0, 4096, RIGHT_ALL).spawn(exits(0)), EBADF, 'no slot')
    refused(new Block().install(0, -1, RIGHT_ALL).spawn(exits(0)), EBADF, 'slot -1')
    const bound = copyHandle(SLOT_STDERR, RIGHT_ALL & ~RIGHT_TRANSFER)
    refused(new Block().install(0, bound, RIGHT_ALL).spawn(exits(0)), EPERM, 'without TRANSFER')
    close(bound)
  })
  test('SPN0011', 'slots and flags out of range are refused', () => {
    refused(new Block().install(256, 2, RIGHT_ALL).spawn(exits(0)), EINVAL, 'slot 256')
    refused(new Block().install(-1, 2, RIGHT_ALL).spawn(exits(0)), EINVAL, 'slot -1')
    refused(new Block().install(0, 2, RIGHT_ALL, 1).spawn(exits(0)), EINVAL, 'a flag')
    refused(new Block().set(SPAWN_BLOCK_FLAGS, 1).spawn(exits(0)), EINVAL, 'a flag of the block')
  })
  test('SPN0012', 'more handles than a block may have are refused', () => {
    const block = new Block()
    for (let i = 0; i < MAX_SPAWN_HANDLES; i++) block.install(i, 2, RIGHT_ALL)
    ends(granted(block.spawn(exits(4)), 'as many as there may be') as i32, 4)
    refused(block.install(70, 2, RIGHT_ALL).spawn(exits(0)), EINVAL, 'one more')
    refused(block.set(SPAWN_BLOCK_HANDLE_COUNT, -1).spawn(exits(0)), EINVAL, 'a negative number')
    block.set(SPAWN_BLOCK_HANDLE_COUNT, 1).set(SPAWN_BLOCK_HANDLES, 0x5_0000_0000)
    refused(block.spawn(exits(0)), EFAULT, 'nowhere')
  })
  test('SPN0013', 'a priority is at most that of the caller', () => {
    refused(new Block().set(SPAWN_BLOCK_PRIORITY, 4).spawn(exits(0)), EPERM, 'above')
    refused(new Block().set(SPAWN_BLOCK_PRIORITY, 8).spawn(exits(0)), EINVAL, 'no priority')
    refused(new Block().set(SPAWN_BLOCK_PRIORITY, -2).spawn(exits(0)), EINVAL, 'a negative one')
    const task = granted(new Block().set(SPAWN_BLOCK_PRIORITY, 1).spawn(sleeps()), 'below') as i32
    syscallMany(SYS_HANDLE_INFO, task)
    const pid = result(2)
    const all = tasks()
    for (let i = 0; i < all.length; i++)
      if (all[i].pid === pid) same(all[i].priority, 1, 'priority')
    end(task)
  })
  test('SPN0014', 'a page limit holds', () => {
    const code = new Code()
      .set(0, 0)
      .set(1, 64 * PAGE_BYTES)
      .set(2, 3)
      .call(SYS_MMAP)
    code
      .add(addImmediate(0, 0, ENOMEM))
      .expect(0, 0, 1)
      .exit(0)
    const elf = new Elf(code)
    const block = new Block().set(SPAWN_BLOCK_PAGE_LIMIT, 100)
    ends(granted(block.spawn(elf), 'spawn') as i32, 0)
    ends(granted(block.set(SPAWN_BLOCK_PAGE_LIMIT, 200).spawn(elf), 'spawn') as i32, 1)
  })
  test(
    'SPN0015',
    'a page limit too small for the program, or above that of the caller, is refused',
    () => {
      refused(new Block().set(SPAWN_BLOCK_PAGE_LIMIT, 10).spawn(exits(0)), ENOMEM, 'ten pages')
      const most = new Block().set(SPAWN_BLOCK_PAGE_LIMIT, i64.MAX_VALUE)
      refused(most.spawn(exits(0)), EINVAL, 'above the caller')
    },
  )
  test('SPN0016', 'the stack has the size asked for, and ends with a fault', () => {
    const block = new Block().set(SPAWN_BLOCK_STACK_BYTES, 0x10000)
    const deep = new Code().set(1, 0x2_ffff_0000).add(ldr(2, 1)).exit(5)
    ends(granted(block.spawn(new Elf(deep)), 'spawn') as i32, 5)
    const deeper = new Code().set(1, 0x2_fffe_fff8).add(ldr(2, 1)).exit(5)
    ends(granted(block.spawn(new Elf(deeper)), 'spawn') as i32, 139, REASON_FAULT)
  })
  test('SPN0017', 'a stack too small or too large is refused', () => {
    const block = new Block()
    refused(block.set(SPAWN_BLOCK_STACK_BYTES, 0x80_0001).spawn(exits(0)), EINVAL, 'above 8 MiB')
    refused(block.set(SPAWN_BLOCK_STACK_BYTES, -1).spawn(exits(0)), EINVAL, 'a negative size')
    refused(block.set(SPAWN_BLOCK_STACK_BYTES, 1).spawn(exits(0)), EINVAL, 'one byte')
    ends(granted(block.set(SPAWN_BLOCK_STACK_BYTES, 0x80_0000).spawn(exits(3)), '8 MiB') as i32, 3)
  })
  test('SPN0018', 'the name of a task is cut, or the last part of its first argument', () => {
    const name = String.UTF8.encode('a name of more than twenty-four bytes')
    const block = new Block().set(SPAWN_BLOCK_NAME, changetype<usize>(name))
    block.set(SPAWN_BLOCK_NAME_BYTES, name.byteLength)
    const task = granted(block.spawn(sleeps()), 'spawn') as i32
    const other = granted(withStrings(new Block(), '/bin/x/program\0', '').spawn(sleeps()), 'spawn')
    const all = tasks()
    let found = 0
    for (let i = 0; i < all.length; i++) {
      if (all[i].name === 'a name of more than twen' || all[i].name === 'program') found++
    }
    same(found, 2, 'names')
    end(task)
    end(other as i32)
  })
  test('SPN0019', 'a name at a bad address gives EFAULT', () => {
    const block = new Block().set(SPAWN_BLOCK_NAME_BYTES, 8)
    refused(block.set(SPAWN_BLOCK_NAME, 0x5_0000_0000).spawn(exits(0)), EFAULT, 'nowhere')
    refused(block.set(SPAWN_BLOCK_NAME, -8).spawn(exits(0)), EFAULT, 'the end of addresses')
  })
  test('SPN0020', 'a fault endpoint must be one to which may be sent', () => {
    const block = new Block()
    refused(block.set(SPAWN_BLOCK_FAULT_ENDPOINT, 200).spawn(exits(0)), EBADF, 'an empty slot')
    refused(block.set(SPAWN_BLOCK_FAULT_ENDPOINT, 2).spawn(exits(0)), EBADF, 'a pipe')
    const endpoint = createEndpoint()
    const deaf = copyHandle(endpoint, RIGHT_RECV)
    refused(block.set(SPAWN_BLOCK_FAULT_ENDPOINT, deaf).spawn(exits(0)), EPERM, 'without SEND')
    close(deaf)
    close(endpoint)
  })
  test('SPN0021', 'a block at a bad address gives EFAULT', () => {
    const elf = exits(0)
    refused(syscall(SYS_SPAWN, elf.address, elf.bytes, 8), EFAULT, 'the null page')
    refused(syscall(SYS_SPAWN, elf.address, elf.bytes, 0x5_0000_0000), EFAULT, 'nowhere')
    refused(syscall(SYS_SPAWN, elf.address, elf.bytes, -104), EFAULT, 'the end of addresses')
  })
  test('SPN0022', 'a task has no handle of itself or of its parent', () => {
    const code = new Code().call(SYS_GETPID).set(0, 64).call(SYS_HANDLE_INFO)
    code
      .add(addImmediate(0, 0, 9))
      .expect(0, 0, 1)
      .exit(0)
    ends(granted(new Block().spawn(new Elf(code)), 'spawn') as i32, 0)
  })
  test('SPN0023', 'what a spawn that failed had made is given back', () => {
    const before = freePages()
    const bad = exits(0)
      .set64(DATA_HEADER + P_VADDR, HIGH)
      .set64(DATA_HEADER + P_MEMSZ, 1 << 40)
    for (let i = 0; i < 3; i++) refused(new Block().spawn(bad), ENOMEM, 'spawn')
    for (let i = 0; i < 20 && freePages() !== before; i++) syscall(SYS_NANOSLEEP, 1_000_000)
    same(freePages(), before, 'free pages')
  })
  test('SPN0024', 'the same handle may be installed twice, the later in one slot wins', () => {
    const endpoint = createEndpoint()
    const block = new Block().install(5, 2, RIGHT_ALL).install(5, endpoint, RIGHT_WRITE)
    const code = new Code().set(0, 5).call(SYS_HANDLE_INFO).expect(0, 1, 1).expect(1, 2, 2).exit(0)
    ends(granted(block.spawn(new Elf(code)), 'spawn') as i32, 0)
    close(endpoint)
  })
}

function freePages(): i64 {
  syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
  return result(2)
}
