/** The instruction `SVC #0`: number in x8, arguments in x0 to x5. See docs/syscalls.md. */

/** Result: x0. */
export declare function call(number: u64, x0: u64, x1: u64, x2: u64, x3: u64, x4: u64, x5: u64): u64

/** Results: x0 to x5 as six u64 at `results`. */
export declare function call6(
  number: u64,
  x0: u64,
  x1: u64,
  x2: u64,
  x3: u64,
  x4: u64,
  x5: u64,
  results: usize,
): void
