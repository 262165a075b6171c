/**
 * Benchmark programs in AssemblyScript; programs.c has the same in C, line by line. Each takes a size and gives a checksum.
 * Memory is addressed as the kernel and libkenix do, by offsets; C has arrays. Sizes are at most 4096 elements.
 */

/** Where arrays lie: two of 64 KiB. */
const A: usize = 0x10000
const B: usize = 0x20000

/** Counts primes below `n` by the sieve of Eratosthenes. */
export function sieve(n: i32): i32 {
  memory.fill(A, 1, n as usize)
  let count = 0
  for (let i = 2; i < n; i++) {
    if (load<u8>(A + (i as usize)) === 0) continue
    count++
    for (let j = i + i; j < n; j += i) store<u8>(A + (j as usize), 0)
  }
  return count
}

/** CRC-32 of `n` bytes, by a table. */
export function crc(n: i32): i32 {
  for (let i: u32 = 0; i < 256; i++) {
    let c = i
    for (let k = 0; k < 8; k++) c = (c & 1) !== 0 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
    store<u32>(A + ((i as usize) << 2), c)
  }
  let crc: u32 = 0xffffffff
  for (let i = 0; i < n; i++) {
    const index = (crc ^ ((i * 7) as u32)) & 255
    crc = load<u32>(A + ((index as usize) << 2)) ^ (crc >>> 8)
  }
  return ~crc as i32
}

/** Product of two matrices of n by n doubles, summed. */
export function matrix(n: i32): i32 {
  for (let i = 0; i < n * n; i++) {
    store<f64>(A + ((i as usize) << 3), i as f64)
    store<f64>(B + ((i as usize) << 3), (i & 7) as f64)
  }
  let total: f64 = 0
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum: f64 = 0
      for (let k = 0; k < n; k++) {
        sum +=
          load<f64>(A + (((i * n + k) as usize) << 3)) *
          load<f64>(B + (((k * n + j) as usize) << 3))
      }
      total += sum
    }
  }
  return total as i32
}

function fillRandom(at: usize, n: i32): void {
  let seed: u32 = 12345
  for (let i = 0; i < n; i++) {
    seed = seed * 1664525 + 1013904223
    store<i32>(at + ((i as usize) << 2), ((seed >>> 8) & 0xffff) as i32)
  }
}

/** Insertion sort. */
export function insertion(n: i32): i32 {
  fillRandom(A, n)
  for (let i = 1; i < n; i++) {
    const value = load<i32>(A + ((i as usize) << 2))
    let j = i - 1
    while (j >= 0 && load<i32>(A + ((j as usize) << 2)) > value) {
      store<i32>(A + (((j + 1) as usize) << 2), load<i32>(A + ((j as usize) << 2)))
      j--
    }
    store<i32>(A + (((j + 1) as usize) << 2), value)
  }
  return load<i32>(A + (((n >> 1) as usize) << 2))
}

function sortRange(low: i32, high: i32): void {
  if (low >= high) return
  const pivot = load<i32>(A + ((((low + high) >> 1) as usize) << 2))
  let i = low
  let j = high
  while (i <= j) {
    while (load<i32>(A + ((i as usize) << 2)) < pivot) i++
    while (load<i32>(A + ((j as usize) << 2)) > pivot) j--
    if (i <= j) {
      const swapped = load<i32>(A + ((i as usize) << 2))
      store<i32>(A + ((i as usize) << 2), load<i32>(A + ((j as usize) << 2)))
      store<i32>(A + ((j as usize) << 2), swapped)
      i++
      j--
    }
  }
  sortRange(low, j)
  sortRange(i, high)
}

/** Quicksort, recursive. */
export function quicksort(n: i32): i32 {
  fillRandom(A, n)
  sortRange(0, n - 1)
  return load<i32>(A + (((n >> 1) as usize) << 2))
}

/** Fibonacci numbers by recursion: calls. */
export function fib(n: i32): i32 {
  return n < 2 ? n : fib(n - 1) + fib(n - 2)
}

/** Longest sequence of Collatz below `n`. */
export function collatz(n: i32): i32 {
  let best = 0
  for (let i = 1; i < n; i++) {
    let value: u64 = i
    let steps = 0
    while (value !== 1) {
      value = (value & 1) !== 0 ? 3 * value + 1 : value >>> 1
      steps++
    }
    if (steps > best) best = steps
  }
  return best
}

/** FNV-1a of `n` bytes in memory. */
export function fnv(n: i32): i32 {
  for (let i = 0; i < n; i++) store<u8>(A + (i as usize), (i * 31) as u8)
  let hash: u32 = 2166136261
  for (let i = 0; i < n; i++) hash = (hash ^ load<u8>(A + (i as usize))) * 16777619
  return hash as i32
}

function safe(row: i32, column: i32): bool {
  for (let i = 0; i < row; i++) {
    const other = load<i32>(A + ((i as usize) << 2))
    if (other === column || other - column === i - row || other - column === row - i) return false
  }
  return true
}

function place(row: i32, n: i32): i32 {
  if (row === n) return 1
  let count = 0
  for (let column = 0; column < n; column++) {
    if (!safe(row, column)) continue
    store<i32>(A + ((row as usize) << 2), column)
    count += place(row + 1, n)
  }
  return count
}

/** Solutions of the problem of n queens. */
export function queens(n: i32): i32 {
  return place(0, n)
}

/** A list of records, reversed and summed: pointers and fields. */
export function list(n: i32): i32 {
  let head: usize = 0
  for (let i = 0; i < n; i++) {
    const node = A + ((i as usize) << 4)
    store<u32>(node, head as u32)
    store<i32>(node + 4, i)
    store<i32>(node + 8, i & 3)
    head = node
  }
  let reversed: usize = 0
  while (head !== 0) {
    const next = load<u32>(head) as usize
    store<u32>(head, reversed as u32)
    reversed = head
    head = next
  }
  let sum = 0
  for (let node = reversed; node !== 0; node = load<u32>(node) as usize) {
    sum += load<i32>(node + 4) * load<i32>(node + 8)
  }
  return sum
}

/** Points of the Mandelbrot set on a grid of n by n: floating point. */
export function mandelbrot(n: i32): i32 {
  let count = 0
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      const cx = (3.0 * (column as f64)) / (n as f64) - 2.0
      const cy = (2.0 * (row as f64)) / (n as f64) - 1.0
      let x = 0.0
      let y = 0.0
      let turns = 0
      while (turns < 50 && x * x + y * y <= 4.0) {
        const next = x * x - y * y + cx
        y = 2.0 * x * y + cy
        x = next
        turns++
      }
      if (turns === 50) count++
    }
  }
  return count
}

/** Conway's game of life on a ring of 64 by 64 cells, n generations. */
export function life(n: i32): i32 {
  for (let i = 0; i < 4096; i++) store<u8>(A + (i as usize), ((i * i + (i >> 3)) % 3 === 0) as u8)
  let from = A
  let to = B
  for (let turn = 0; turn < n; turn++) {
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 64; x++) {
        let around = 0
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            around += load<u8>(from + ((((y + dy) & 63) * 64 + ((x + dx) & 63)) as usize))
          }
        }
        const cell = from + ((y * 64 + x) as usize)
        const alive = load<u8>(cell) as i32
        const stays = around === 3 || (alive !== 0 && around === 4)
        store<u8>(to + ((y * 64 + x) as usize), stays as u8)
      }
    }
    const swapped = from
    from = to
    to = swapped
  }
  let count = 0
  for (let i = 0; i < 4096; i++) count += load<u8>(from + (i as usize))
  return count
}

function rotate(value: u32, by: u32): u32 {
  return (value >>> by) | (value << (32 - by))
}

/** The compression of SHA-256 on `n` blocks, with constants made by a generator. */
export function sha(n: i32): i32 {
  let seed: u32 = 1
  for (let i = 0; i < 64; i++) {
    seed = seed * 1103515245 + 12345
    store<u32>(A + ((i as usize) << 2), seed)
  }
  let h0: u32 = 0x6a09e667
  let h1: u32 = 0xbb67ae85
  let h2: u32 = 0x3c6ef372
  let h3: u32 = 0xa54ff53a
  let h4: u32 = 0x510e527f
  let h5: u32 = 0x9b05688c
  let h6: u32 = 0x1f83d9ab
  let h7: u32 = 0x5be0cd19
  for (let block = 0; block < n; block++) {
    for (let i = 0; i < 16; i++) store<u32>(B + ((i as usize) << 2), (block * 16 + i) as u32)
    for (let i = 16; i < 64; i++) {
      const w15 = load<u32>(B + (((i - 15) as usize) << 2))
      const w2 = load<u32>(B + (((i - 2) as usize) << 2))
      const s0 = rotate(w15, 7) ^ rotate(w15, 18) ^ (w15 >>> 3)
      const s1 = rotate(w2, 17) ^ rotate(w2, 19) ^ (w2 >>> 10)
      const sum =
        load<u32>(B + (((i - 16) as usize) << 2)) + load<u32>(B + (((i - 7) as usize) << 2))
      store<u32>(B + ((i as usize) << 2), sum + s0 + s1)
    }
    let a = h0
    let b = h1
    let c = h2
    let d = h3
    let e = h4
    let f = h5
    let g = h6
    let h = h7
    for (let i = 0; i < 64; i++) {
      const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      const ch = (e & f) ^ (~e & g)
      const k = load<u32>(A + ((i as usize) << 2)) + load<u32>(B + ((i as usize) << 2))
      const t1 = h + s1 + ch + k
      const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c))
      h = g
      g = f
      f = e
      e = d + t1
      d = c
      c = b
      b = a
      a = t1 + t2
    }
    h0 += a
    h1 += b
    h2 += c
    h3 += d
    h4 += e
    h5 += f
    h6 += g
    h7 += h
  }
  return (h0 ^ h1 ^ h2 ^ h3 ^ h4 ^ h5 ^ h6 ^ h7) as i32
}

/** Words of a text counted by a table with open addressing: bytes, calls, branches. */
export function words(n: i32): i32 {
  memory.fill(B, 0, 4096)
  for (let i = 0; i < n; i++) {
    store<u8>(A + (i as usize), i % 5 === 4 ? 32 : ((97 + (((i * i) >> 2) % 7)) as u8))
  }
  let distinct = 0
  let hash: u32 = 0
  for (let i = 0; i < n; i++) {
    const byte = load<u8>(A + (i as usize)) as u32
    if (byte !== 32) {
      hash = hash * 31 + byte
      continue
    }
    let slot = hash & 1023
    while (true) {
      const known = load<u32>(B + ((slot as usize) << 2))
      if (known === hash) break
      if (known === 0) {
        store<u32>(B + ((slot as usize) << 2), hash)
        distinct++
        break
      }
      slot = (slot + 1) & 1023
    }
    hash = 0
  }
  return distinct
}
