/** What a task may not do ends that task, and nothing else; the code is 128 and the usual signal's number. */
import {
  PAGE_BYTES,
  PROT_EXEC,
  PROT_READ,
  REASON_FAULT,
  REASON_TRAP,
  SYS_MMAP,
  SYS_MPROTECT,
} from '../../libkenix/generated/abi'
import { close } from '../../libkenix/handle'
import { wait } from '../../libkenix/process'
import { badAddresses, DIRECT, KERNEL, KERNEL_MEMORY, NON_CANONICAL, NOWHERE } from '../addresses'
import { holds } from '../check'
import { Child, ends, startElf } from '../child'
import { Code, DATA, Elf, TEXT } from '../elf'
import {
  addImmediate,
  br,
  brk,
  DC_IVAC_X0,
  ERET,
  HLT,
  HVC,
  ldaxr,
  ldr,
  MRS_X0_SCTLR_EL1,
  MSR_DAIFSET_2,
  MSR_TTBR0_EL1_X0,
  MSR_VBAR_EL1_X0,
  RET,
  SMC,
  str,
  TLBI_VMALLE1,
  UDF,
} from '../instructions'
import { test } from '../registry'

const SEGV: i32 = 139
const BUS: i32 = 135
const ILL: i32 = 132
const TRAP: i32 = 133
/** Ends when the instruction before did no harm. */
const SURVIVED: i32 = 1

/** These instructions must end their task with a code. */
function dies(code: Code, expected: i32, reason: i32 = REASON_FAULT): void {
  ends(startElf(new Elf(code.exit(SURVIVED))), expected, reason)
}

function reads(address: i64): void {
  dies(new Code().set(1, address as u64).add(ldr(2, 1)), SEGV)
}

function writes(address: i64): void {
  dies(
    new Code()
      .set(1, address as u64)
      .set(2, 1)
      .add(str(2, 1)),
    SEGV,
  )
}

function jumps(address: i64, expected: i32 = SEGV): void {
  dies(new Code().set(1, address as u64).add(br(1)), expected)
}

function privileged(instruction: u32): void {
  dies(new Code().set(0, 0).add(instruction), ILL)
}

export function addFaultCases(): void {
  test('FLT0001', 'reading through null ends the task', () => {
    reads(0)
    reads(8)
    reads(PAGE_BYTES - 8)
  })
  test('FLT0002', 'writing through null ends the task', () => {
    writes(0)
    writes(4088)
  })
  test('FLT0003', 'a call through null ends the task', () => {
    jumps(0)
  })
  test('FLT0004', 'reading where nothing is mapped ends the task', () => {
    reads(NOWHERE)
    reads(0x10_0000)
    reads(0x7fff_ffff_f000)
  })
  test('FLT0005', 'writing where nothing is mapped ends the task', () => {
    writes(NOWHERE)
    writes(0x7fff_ffff_f000)
  })
  test('FLT0006', 'reading memory of the kernel ends the task', () => {
    reads(KERNEL)
    reads(KERNEL_MEMORY)
    reads(DIRECT)
    reads(-8)
  })
  test('FLT0007', 'writing memory of the kernel ends the task', () => {
    writes(KERNEL)
    writes(KERNEL_MEMORY + 0x60000)
    writes(DIRECT)
  })
  test('FLT0008', 'executing memory of the kernel ends the task', () => {
    jumps(KERNEL)
    jumps(DIRECT)
  })
  test('FLT0009', 'addresses that no translation table holds end the task', () => {
    reads(NON_CANONICAL)
    writes(NON_CANONICAL)
    jumps(NON_CANONICAL)
    reads(i64.MIN_VALUE)
  })
  test('FLT0010', 'writing code ends the task', () => {
    writes((TEXT + 0x100) as i64)
  })
  test('FLT0011', 'executing data ends the task', () => {
    jumps(DATA as i64)
    dies(new Code().set(1, DATA).set(2, RET).add(str(2, 1)).add(br(1)), SEGV)
  })
  test('FLT0012', 'executing the stack ends the task', () => {
    dies(
      new Code()
        .set(2, RET)
        .add(addImmediate(1, 31, 0))
        .add(str(2, 1))
        .add(br(1)),
      SEGV,
    )
  })
  test('FLT0013', 'writing memory that was made read-only ends the task', () => {
    const code = new Code().set(1, DATA).add(str(1, 1))
    code.set(0, DATA).set(1, 4096).set(2, PROT_READ).call(SYS_MPROTECT).expect(0, 0, 2)
    dies(code.set(1, DATA).add(str(1, 1)), SEGV)
  })
  test('FLT0014', 'executing memory that is no longer executable ends the task', () => {
    const code = new Code().set(0, 0).set(1, 4096).set(2, 3).call(SYS_MMAP).add(0xaa0003f3)
    code.set(1, RET).add(str(1, 19)).add(0xaa1303e0).set(1, 4096)
    code
      .set(2, PROT_READ | PROT_EXEC)
      .call(SYS_MPROTECT)
      .expect(0, 0, 2)
    // BLR X19: it works; then not any more.
    code.add(0xd63f0260).add(0xaa1303e0).set(1, 4096).set(2, PROT_READ).call(SYS_MPROTECT)
    dies(code.expect(0, 0, 3).add(0xd63f0260), SEGV)
  })
  test('FLT0015', 'a task without end of recursion ends at its guard page', () => {
    new Child('recurse').start().ends(SEGV, REASON_FAULT)
  })
  test('FLT0016', 'a stack pointer that points nowhere ends the task', () => {
    // MOV SP, X1; LDR X2, [SP]
    dies(
      new Code()
        .set(1, NOWHERE as u64)
        .add(0x9100003f)
        .add(0xf94003e2),
      SEGV,
    )
    dies(
      new Code()
        .set(1, KERNEL as u64)
        .add(0x9100003f)
        .add(0xf94003e2),
      SEGV,
    )
  })
  test('FLT0017', 'a misaligned stack pointer harms nobody but the task', () => {
    // By the manual the task ends (SCTLR_EL1.SA0); QEMU does not check.
    const code = new Code()
      .add(addImmediate(1, 31, 8))
      .add(0x9100003f)
      .add(0xf94003e2)
    const task = startElf(new Elf(code.exit(SURVIVED)))
    const exit = wait(task)
    const isChecked = exit.code === BUS && exit.reason === REASON_FAULT
    holds(isChecked || exit.code === SURVIVED, `it ends with code ${exit.code.toString()}`)
    close(task)
  })
  test('FLT0018', 'a misaligned program counter ends the task', () => {
    jumps((TEXT + 0x102) as i64, BUS)
    jumps((TEXT + 0x101) as i64, BUS)
  })
  test('FLT0019', 'a misaligned exclusive access ends the task', () => {
    dies(new Code().set(1, DATA + 4).add(ldaxr(2, 1)), BUS)
    dies(new Code().set(1, DATA + 1).add(ldaxr(2, 1)), BUS)
  })
  test('FLT0020', 'a misaligned access to ordinary memory is none', () => {
    const code = new Code()
      .set(1, DATA + 1)
      .set(2, 0x1234)
      .add(str(2, 1))
      .add(ldr(3, 1))
    code.set(4, 0x1234).add(0xeb04007f).exitUnlessEqual(2)
    ends(startElf(new Elf(code.exit(0))), 0)
  })
  test('FLT0021', 'an access over the end of a mapping ends the task', () => {
    reads((DATA + 0x3000 - 4) as i64)
    writes((DATA + 0x3000 - 1) as i64)
  })
  test('FLT0022', 'an instruction that does not exist ends the task', () => {
    privileged(UDF)
    privileged(0x00000001)
    privileged(0xffffffff)
  })
  test('FLT0023', 'reading a system register of the kernel ends the task', () => {
    privileged(MRS_X0_SCTLR_EL1)
  })
  test('FLT0024', 'writing a system register of the kernel ends the task', () => {
    privileged(MSR_VBAR_EL1_X0)
    privileged(MSR_TTBR0_EL1_X0)
  })
  test('FLT0025', 'masking interrupts ends the task', () => {
    privileged(MSR_DAIFSET_2)
  })
  test('FLT0026', 'TLB maintenance ends the task', () => {
    privileged(TLBI_VMALLE1)
  })
  test('FLT0027', 'discarding cache lines ends the task', () => {
    dies(new Code().set(0, DATA).add(DC_IVAC_X0), ILL)
  })
  test('FLT0028', 'an exception return ends the task', () => {
    privileged(ERET)
  })
  test('FLT0029', 'a call to a hypervisor or monitor ends the task', () => {
    privileged(HVC)
    privileged(SMC)
  })
  test('FLT0030', 'a halt for a debugger ends the task', () => {
    privileged(HLT)
  })
  test('FLT0031', 'a breakpoint instruction ends the task as a trap', () => {
    dies(new Code().add(brk(0)), TRAP, REASON_TRAP)
    dies(new Code().add(brk(0xffff)), TRAP, REASON_TRAP)
  })
  test('FLT0032', 'a division by zero in AssemblyScript ends the task as a trap', () => {
    new Child('divide', 0).start().ends(TRAP, REASON_TRAP)
    new Child('divide', 5).start().ends(20)
  })
  test('FLT0033', 'an unreachable point in AssemblyScript ends the task as a trap', () => {
    new Child('unreachable').start().ends(TRAP, REASON_TRAP)
  })
  test('FLT0034', 'an index out of bounds in AssemblyScript ends the task with code 134', () => {
    new Child('index', 100).start().ends(134)
  })
  test('FLT0035', 'a null reference in AssemblyScript ends the task', () => {
    new Child('null').start().ends(SEGV, REASON_FAULT)
  })
  test('FLT0036', 'faults of one task leave others as they are', () => {
    const child = new Child('sleep', 10_000_000).start()
    const addresses = badAddresses()
    for (let i = 0; i < addresses.length; i++) reads(addresses[i])
    child.ends(0)
  })
  test(
    'FLT0037',
    'waiting for an interrupt or event by an instruction does not stop the system',
    () => {
      // WFI and WFE are traps or hints at EL0; either way the task goes on or ends alone.
      const task = startElf(new Elf(new Code().add(0xd503205f).add(0xd503203f).exit(0)))
      ends(task, 0)
    },
  )
  test(
    'FLT0038',
    'a fault of a program that holds all kinds of handles gives all of them back',
    () => {
      new Child('collect-and-crash').start().ends(SEGV, REASON_FAULT)
    },
  )
}
