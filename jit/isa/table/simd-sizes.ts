/**
 * The element sizes an Advanced SIMD row accepts, as the expressions of its `where` column.
 *
 * size is 0 to 3 for B, H, S, D; a vector of one doubleword (1D) is reserved nearly everywhere.
 */

export const SIZES = {
  /** B, H, S, D; no 1D. */
  all: '!(size == 3 && Q == 0)',
  bhs: 'size != 3',
  hs: 'size == 1 || size == 2',
  b: 'size == 0',
  bh: 'size == 0 || size == 1',
  s: 'size == 2',
} as const

export type Sizes = keyof typeof SIZES

/** The same for a scalar, where no Q is. */
export const SCALAR_SIZES = {
  all: '',
  hs: 'size == 1 || size == 2',
  bhs: 'size != 3',
  sd: 'size == 2 || size == 3',
  d: 'size == 3',
} as const

export type ScalarSizes = keyof typeof SCALAR_SIZES

/** Single or double precision in vectors: no 1D. */
export const FLOAT = '!(sz == 1 && Q == 0)'
