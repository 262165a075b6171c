/**
 * Where everything lies in the core's linear memory, and in a vCPU's structure.
 *
 * This file is compiled twice: into core.wasm, and by the host, which reads and writes the same fields. So it holds
 * plain integer constants only (u32, which the host knows from layout-types.d.ts). All addresses are byte addresses in linear memory. Guest RAM is one page-aligned run
 * at the end and shares its pages with nothing, so that a host may map a file over it (docs/architecture.md).
 */

/** Size and granule of everything page-like: a guest page as the TLBs see it, whatever the translation granule. */
export const PAGE_SHIFT: u32 = 12
export const PAGE_SIZE: u32 = 4096

// ---- linear memory ---------------------------------------------------------------------------------------------

/** One block of machine-wide state, fields MACH_* below. */
export const MACH_BASE: u32 = 0x0010_0000
/** vCPU structures, CPU_STRIDE apart, fields CPU_* below. */
export const CPU_BASE: u32 = 0x0011_0000
export const CPU_STRIDE: u32 = 0x0001_0000
export const CPU_MAX: u32 = 8
/** Per-vCPU translation caches, TLB_STRIDE apart. */
export const TLB_BASE: u32 = 0x0020_0000
export const TLB_STRIDE: u32 = 0x0008_0000
/** A data TLB whose entries never match: selected when every access must take the slow path (big-endian data). */
export const NULL_TLB: u32 = 0x0060_0000
/** 8192 u64: the value of a logical immediate by its 13-bit N:immr:imms field; 0 where the encoding is reserved. */
export const BITMASK_TABLE: u32 = 0x0061_0000
/** 2 x 256 u32: CRC-32 and CRC-32C of a byte. */
export const CRC_TABLE: u32 = 0x0062_0000
/** One byte of PAGE_* flags a page of linear memory, indexed by linear address >> PAGE_SHIFT. */
export const PAGE_FLAGS: u32 = 0x0070_0000
/** One u32 a page of linear memory: the record page that holds its predecoded instructions, 0 = none. */
export const PAGE_RECORDS: u32 = 0x0080_0000
/**
 * Sampled branch targets, HOT_ENTRIES of two u32: address of the record, and how often it was seen.
 */
export const HOT_TABLE: u32 = 0x0500_0000
export const HOT_ENTRIES: u32 = 16384
/** One byte a place of the core's table: 1 if the function there was entered since this was last cleared, or USED_DROPPED. */
export const USED_FLAGS: u32 = 0x0510_0000
export const USED_DROPPED: u32 = 2
export const USED_FLAGS_SIZE: u32 = 0x0010_0000
/** The pool of record pages. */
export const RECORD_POOL: u32 = 0x0100_0000
export const RECORD_POOL_END: u32 = 0x0500_0000
/** Flash or ROM banks that a guest reads as memory. */
export const FLASH_BASE: u32 = 0x0800_0000
export const FLASH_SIZE: u32 = 0x0800_0000
/** Guest RAM, to the end of memory. */
export const RAM_BASE: u32 = 0x1000_0000
export const RAM_MAX: u32 = 0xc000_0000

// ---- page flags ------------------------------------------------------------------------------------------------

/** Written since the flag was last cleared. */
export const PAGE_DIRTY: u32 = 1
/** Has a record page: stores must take the slow path, which drops what they touch. */
export const PAGE_CODE: u32 = 2
/** Some data TLB may hold a write key for it. */
export const PAGE_WRITABLE: u32 = 4

// ---- data TLB ----------------------------------------------------------------------------------------------------
// Direct mapped by virtual page number. key = (va >> 12, arithmetic) ^ ctx << 52, where ctx stands for the address space.
// Both halves are tagged: that a global page is filled anew for each ASID costs less than a second kind of key.

export const TLB_ENTRIES: u32 = 1024
export const TLB_ENTRY: u32 = 32
export const TLB_READ_KEY: u32 = 0
export const TLB_WRITE_KEY: u32 = 8
/** u32: linear address = low 32 bits of va + addend, modulo 2^32. */
export const TLB_ADDEND: u32 = 16
/** u32: log2 of the translation's size (12 and up). */
export const TLB_SIZE_LOG2: u32 = 20
/** u64: physical page address; bit 0 = device memory (alignment is checked). Valid if either key is. */
export const TLB_PA: u32 = 24
/**
 * Every byte of an invalid entry. A key made of it has bit 51 set and bit 63 clear, which no virtual address forms as
 * long as ctx < 2048, so memory.fill flushes a TLB.
 */
export const TLB_INVALID_BYTE: u8 = 0x08
/** Bytes between the data TLBs of two MMU indexes of one vCPU. */
export const DTLB_STRIDE: u32 = 0x8000
/** The instruction TLBs of a vCPU, relative to its TLB block, and the distance between two. */
export const ITLB_OFFSET: u32 = 0x0004_0000
export const ITLB_STRIDE: u32 = 0x4000
export const ITLB_ENTRIES: u32 = 1024
export const ITLB_ENTRY: u32 = 16
/**
 * One byte per 2 MiB of virtual address (modulo 2 GiB), a kilobyte an MMU index, relative to a vCPU's TLB block: whether
 * the TLBs may hold pieces of a translation larger than a page there, so that TLBI by address must drop them all.
 */
export const LARGE_OFFSET: u32 = 0x0003_8000
export const LARGE_STRIDE: u32 = 0x400
/** u16 per ASID: its ctx, 0 = none yet. Relative to a vCPU's TLB block. */
export const ASID_CTX_OFFSET: u32 = 0x0006_0000

/** MMU indexes: one data and one instruction TLB each. */
export const MMU_EL0: u32 = 0
export const MMU_EL1: u32 = 1
export const MMU_EL1_PAN: u32 = 2
export const MMU_EL2: u32 = 3
export const MMU_E20_EL0: u32 = 4
export const MMU_E20_EL2: u32 = 5
export const MMU_E20_EL2_PAN: u32 = 6
export const MMU_INDEXES: u32 = 7

// ---- machine block -------------------------------------------------------------------------------------------------

/** u64: instructions retired by all vCPUs at the end of the running slice, if it uses its whole budget. */
export const MACH_COUNT_END: u32 = 0x000
/** i32: what is left of the slice's budget. Instructions retired so far = COUNT_END - LEFT. */
export const MACH_LEFT: u32 = 0x008
/** u32: a nonzero EXIT_* makes the running slice end after the current instruction, with that reason. */
export const MACH_EXIT: u32 = 0x00c
/** u32: high half of a 64-bit value passed to or from a host function. */
export const MACH_IO_HI: u32 = 0x010
/** u32: a host function sets it to 1 if the access failed (external abort, or UNDEFINED for a system register). */
export const MACH_IO_FAULT: u32 = 0x014
/** u32: number of vCPUs. */
export const MACH_CPUS: u32 = 0x018
/** u32: PSCI conduit and debug options, OPT_* below. */
export const MACH_OPTIONS: u32 = 0x01c
/** Guest time in ns = TIME_BASE + ((count - TIME_COUNT) * TIME_RATE >> 32); rate is ns an instruction, 32.32 fixed point. */
export const MACH_TIME_BASE: u32 = 0x020
export const MACH_TIME_COUNT: u32 = 0x028
export const MACH_TIME_RATE: u32 = 0x030
/** u32: frequency of the generic timers in Hz (CNTFRQ_EL0 after reset). */
export const MACH_CNTFRQ: u32 = 0x038
/** u32: exceptions taken, by all vCPUs. */
export const MACH_EXCEPTIONS: u32 = 0x03c
/** u32: physical address bits implemented (ID_AA64MMFR0_EL1.PARange). */
export const MACH_PA_BITS: u32 = 0x040
/** u32: number of regions, then at MACH_REGIONS that many of REGION_SIZE bytes. */
export const MACH_REGION_COUNT: u32 = 0x044
export const MACH_REGIONS: u32 = 0x100
export const REGION_SIZE: u32 = 32
export const REGION_MAX: u32 = 8
/** u32: number of addresses a debugger stops at; while not 0, instructions are executed one at a time. */
export const MACH_BREAKPOINT_COUNT: u32 = 0x048
/** u32: the vCPU that ran last; when another gets its turn, the monitors of all others open. Kept by the host. */
export const MACH_LAST_CPU: u32 = 0x04c
/** u32: samples after which the host is asked to translate, 0 = never. */
export const MACH_HOT_THRESHOLD: u32 = 0x050
/** u32: how often all records, and with them all entries to translated code, were dropped. */
export const MACH_GENERATION: u32 = 0x054
/** i32: branch targets until one is sampled; and its start value. */
export const MACH_SAMPLE_FUEL: u32 = 0x058
export const MACH_SAMPLE_PERIOD: u32 = 0x05c
/** u64: instructions retired in translated code, those it had the interpreter execute included. */
export const MACH_TRANSLATED: u32 = 0x060
/** u64 each: their virtual addresses. */
export const MACH_BREAKPOINTS: u32 = 0x200
export const BREAKPOINT_MAX: u32 = 64
/** u64 physical base, u64 bytes, u32 linear address of the first byte, u32 REGION_* flags. Page aligned, not overlapping. */
export const REGION_PA: u32 = 0
export const REGION_BYTES: u32 = 8
export const REGION_LINEAR: u32 = 16
export const REGION_FLAGS: u32 = 20
/** Loads and fetches go to linear memory; otherwise to the host. */
export const REGION_READ: u32 = 1
/** Stores go to linear memory; otherwise to the host. */
export const REGION_WRITE: u32 = 2

/** HVC / SMC are first offered to the host (PSCI). */
export const OPT_HVC: u32 = 1
export const OPT_SMC: u32 = 2
/** HLT #0xf000 is offered to the host (semihosting). */
export const OPT_SEMIHOSTING: u32 = 4
/** EL2 is implemented. */
export const OPT_EL2: u32 = 8
/** The GIC's CPU interface is reached by system registers (ICC_*): ID_AA64PFR0_EL1.GIC = 1. */
export const OPT_GICV3: u32 = 16

/** Why a slice ended. */
export const EXIT_NONE: u32 = 0
/** The budget is used up. */
export const EXIT_BUDGET: u32 = 1
/** WFI with nothing pending; CPU_WAIT says so, too. */
export const EXIT_WFI: u32 = 2
/** WFE with the event register clear. */
export const EXIT_WFE: u32 = 3
/** Something a deadline depends on changed (a timer was written): plan again. */
export const EXIT_PLAN: u32 = 4
/** The host asked for it (power off, reset, a console match). */
export const EXIT_HOST: u32 = 5
/** A debugger's breakpoint was reached; PC is at the breakpoint. */
export const EXIT_DEBUG: u32 = 6
/** YIELD: another vCPU may run first. */
export const EXIT_YIELD: u32 = 7

// ---- vCPU structure --------------------------------------------------------------------------------------------------

/** u64 x 34: X0..X30, then the three slots below. */
export const CPU_X: u32 = 0x000
/** Slot of the current stack pointer: SP_EL0 or SP_ELx by PSTATE.SP and EL. The banked copies are SYS_SP_EL*. */
export const SLOT_SP: u32 = 31
/** Slot that always reads zero: XZR as a source. */
export const SLOT_ZERO: u32 = 32
/** Slot nobody reads: XZR as a destination. */
export const SLOT_SINK: u32 = 33
/** 32 x 16 bytes, little-endian: V0..V31. */
export const CPU_V: u32 = 0x120
export const CPU_PC: u32 = 0x320
/** PSTATE.N is the sign of this i64; Z is set if the next i64 is zero; C and V are u32, 0 or 1. */
export const CPU_NF: u32 = 0x328
export const CPU_ZF: u32 = 0x330
export const CPU_CF: u32 = 0x338
export const CPU_VF: u32 = 0x33c
/** u32: current exception level, 0 to 2. */
export const CPU_EL: u32 = 0x340
/** u32: PSTATE.SP. */
export const CPU_SPSEL: u32 = 0x344
/** u32: PSTATE.DAIF in SPSR position (D = bit 9, A = 8, I = 7, F = 6). */
export const CPU_DAIF: u32 = 0x348
/** u32 each, 0 or 1: PSTATE.PAN, UAO, SS, IL. */
export const CPU_PAN: u32 = 0x34c
export const CPU_UAO: u32 = 0x350
export const CPU_SS: u32 = 0x354
export const CPU_IL: u32 = 0x358
export const CPU_FPCR: u32 = 0x35c
export const CPU_FPSR: u32 = 0x360
/** u32: this vCPU's number. */
export const CPU_INDEX: u32 = 0x364
/** u32: WAIT_* below. */
export const CPU_WAIT: u32 = 0x368
/** u32: event register of WFE / SEV. */
export const CPU_EVENT: u32 = 0x36c
/** u32: levels of the interrupt inputs, LINE_* bits, set by the host. */
export const CPU_LINES: u32 = 0x370
/** u32: set whenever the interpreter must look at interrupts or at changed state before the next instruction. */
export const CPU_ATTENTION: u32 = 0x374
/** Exclusive monitor: u32 size in bytes (0 = open), u64 physical address. */
export const CPU_EXCL_SIZE: u32 = 0x378
export const CPU_EXCL_PA: u32 = 0x380
/** u64: instructions retired by this vCPU up to its last slice end. */
export const CPU_RETIRED: u32 = 0x388

// Derived state: recomputed by `derive()` in regime.ts whenever what it depends on changes. Never saved.
/** u32: linear address of the data TLB for ordinary accesses, and for LDTR/STTR. */
export const CPU_DTLB: u32 = 0x390
export const CPU_DTLB_UNPRIV: u32 = 0x394
/** u32: linear address of the instruction TLB. */
export const CPU_ITLB: u32 = 0x398
/** u32: MMU_* of ordinary and of unprivileged accesses. */
export const CPU_MMU: u32 = 0x39c
export const CPU_MMU_UNPRIV: u32 = 0x3a0
/** u64: ctx << 52 of the current lower half. */
export const CPU_CTX: u32 = 0x3a8
/** u32: 0 if FP/SIMD instructions may execute, else the EL (1 or 2) they trap to. */
export const CPU_FP_TRAP: u32 = 0x3b0
/** u32: 15 if SP alignment is checked at this EL (SCTLR.SA/SA0), else 0. */
export const CPU_SP_MASK: u32 = 0x3b4
/** u32: 1 if every data access must be aligned (SCTLR.A). */
export const CPU_ALIGN: u32 = 0x3b8
/** u32: 1 if data accesses are big-endian at this EL (SCTLR.EE/E0E). */
export const CPU_BIG_ENDIAN: u32 = 0x3bc
/** u32: 1 if software step is active and not masked: one instruction at a time. */
export const CPU_STEP: u32 = 0x3c0

/**
 * u32: FLAGS_* below. Unless FLAGS_STORED, the flags are those of an operation on the two u64 that follow, and the fields
 * CPU_NF to CPU_VF are out of date. Only while translated code runs: the interpreter finds FLAGS_STORED.
 */
export const CPU_FLAGS_KIND: u32 = 0x3c4
export const CPU_FLAGS_A: u32 = 0x3c8
export const CPU_FLAGS_B: u32 = 0x3d0
export const FLAGS_STORED: u32 = 0
export const FLAGS_SUB_X: u32 = 1
export const FLAGS_SUB_W: u32 = 2
export const FLAGS_ADD_X: u32 = 3
export const FLAGS_ADD_W: u32 = 4
/** A is the result; C and V are clear. */
export const FLAGS_LOGIC_X: u32 = 5
export const FLAGS_LOGIC_W: u32 = 6
/** A is NZCV in bits 3:0. */
export const FLAGS_NZCV: u32 = 7
/** A and B are doubles, compared by FCMP: also for single precision, which is exact as double. */
export const FLAGS_FLOAT: u32 = 8

/** System register storage, owned by sysregs: 0x400 and up. */
export const CPU_SYS: u32 = 0x400
export const CPU_SYS_END: u32 = 0x2000

export const WAIT_NONE: u32 = 0
export const WAIT_WFI: u32 = 1
export const WAIT_WFE: u32 = 2
/** Not started, or PSCI CPU_OFF. */
export const WAIT_OFF: u32 = 3

export const LINE_IRQ: u32 = 1
export const LINE_FIQ: u32 = 2
export const LINE_VIRQ: u32 = 4
export const LINE_VFIQ: u32 = 8
/** Asynchronous external abort. */
export const LINE_SERROR: u32 = 16
