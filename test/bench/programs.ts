/**
 * The bare-metal rows: which program, how it is compiled, and how much of it is run.
 *
 * `short` and `long` are units of work (guests/work.h), chosen so that QEMU 7.2 takes about 0.1 s and 2 to 4 s for them on the
 * machine this was written on. Each run does `short` first, cold, and the rest of `long` behind it.
 */

/** A program to compile and run. */
export interface Program {
  readonly name: string
  /** What it exercises, for people. */
  readonly what: string
  /** File of guests/ without its ending, or the number of functions of generated code. */
  readonly source: string | number
  /** What the compilers get beside the usual. */
  readonly options?: readonly string[]
  readonly short: number
  readonly long: number
  /** Whether the same C runs on an x86 host: not what is about exceptions and interrupts. */
  readonly native: boolean
  /**
   * Whether the host's checksum is the guest's. Not where multiplications and additions may be fused: which of them are is
   * the compiler's choice, and different for each target.
   */
  readonly sameOnHost: boolean
}

/** Keeps programs about scalar code scalar, so that rows about vectors are others. */
const SCALAR = ['-fno-tree-vectorize']
const NO_FP = ['-mgeneral-regs-only']

function plain(
  name: string,
  what: string,
  [short, long]: readonly [number, number],
  options: readonly string[] = [],
  source: string | number = name,
): Program {
  return { name, what, source, options, short, long, native: true, sameOnHost: true }
}

/** Floating point twice: with `-ffp-contract=off`, and with fused multiply-add, as compilers do by default. */
function floating(
  name: string,
  what: string,
  counts: readonly [number, number],
  options: readonly string[],
  source = name,
): Program[] {
  const off = plain(name, what, counts, [...options, '-ffp-contract=off'], source)
  const fused = plain(`${name}-fma`, `${what}, fused`, counts, options, source)
  return [off, { ...fused, sameOnHost: false }]
}

function system(name: string, what: string, [short, long]: readonly [number, number]): Program {
  const counts = { short, long }
  return { name, what, source: name, options: NO_FP, ...counts, native: false, sameOnHost: false }
}

/** All of them, in the order of the table. */
export const PROGRAMS: readonly Program[] = [
  plain('alu', 'straight integer code', [15_000, 400_000], SCALAR),
  plain('loop', 'loop of several blocks', [15_000, 350_000], SCALAR),
  plain('branchy', 'branches on random data', [6000, 150_000], SCALAR),
  plain('calls', 'direct calls', [900, 20_000], SCALAR),
  plain('indirect', 'calls through tables', [2000, 50_000], SCALAR),
  plain('sequential', 'memory in order', [8, 200], SCALAR),
  plain('random', 'memory at random over 64 MiB', [200, 5000], SCALAR),
  plain('chase', 'pointer chase through 1 MiB', [5000, 150_000], SCALAR),
  plain('sieve', 'sieve of Eratosthenes', [10, 300], SCALAR),
  plain('sort', 'quicksort', [8, 200], SCALAR),
  plain('matrix-int', 'matrix product, i32', [40, 900], [...SCALAR, '-DELEMENT=int'], 'matrix'),
  ...floating(
    'matrix-fp32',
    'matrix product, f32',
    [10, 300],
    [...SCALAR, '-DELEMENT=float'],
    'matrix',
  ),
  ...floating(
    'matrix-fp64',
    'matrix product, f64',
    [10, 300],
    [...SCALAR, '-DELEMENT=double'],
    'matrix',
  ),
  plain('neon-int', 'matrix product, 4 x i32', [95, 2500], ['-DELEMENT=int'], 'neon'),
  ...floating('neon-fp32', 'matrix product, 4 x f32', [20, 450], ['-DELEMENT=float'], 'neon'),
  plain('crc32', 'CRC-32 by table', [300, 8000], SCALAR),
  plain('sha256', 'SHA-256, plain', [100, 3000], SCALAR),
  plain('aes', 'AES by instructions', [250, 6500], ['-DAES']),
  plain('search', 'string search', [8, 200], SCALAR),
  ...floating('mandelbrot', 'Mandelbrot set, f64', [15, 350], SCALAR),
  ...floating('nbody', 'five bodies, f64', [600, 15_000], SCALAR),
  plain('bytecode', 'bytecode interpreter', [80, 2800], SCALAR),
  plain('fibonacci', 'recursive Fibonacci', [100, 3000], SCALAR),
  plain('dispersed-2000', '2,000 functions in turn', [250, 7000], ['-O1'], 2000),
  plain('dispersed-8000', '8,000 functions in turn', [15, 400], ['-O1'], 8000),
  system('syscalls', 'system calls', [150, 3000]),
  system('faults', 'page faults', [200, 5000]),
  system('switches', 'context switches with ASIDs', [15, 350]),
  system('timer', 'timer interrupts', [100, 3000]),
]
