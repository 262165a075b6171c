/**
 * The loader's routines in assembly, which are in assembly.ts.
 */

/** Turns MMU and data cache off and jumps to the kernel with X0 = `deviceTree`. Never returns. */
export declare function enterKernel(entry: u64, deviceTree: u64): void

/** Where the instructions of `enterKernel` begin. */
export declare function enterKernelStart(): u64

/** Where they end. */
export declare function enterKernelEnd(): u64

/** Where linear memory is: the address that index 0 would have. */
export declare function linearMemory(): u64
