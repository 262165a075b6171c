/**
 * System calls as functions: the thinnest layer, one function a shape. Names and numbers are those of generated/abi.ts.
 *
 * Every function returns x0; a negative value is an errno. Further results are read with `result` right after the call.
 */
import { call as svc, call6 as svc6 } from './imports/svc'

/** x0 to x5 of the last call made by `syscallMany`. */
const results = memory.data(48, 8)

/** A call whose only result is x0. */
export function syscall(
  number: i32,
  a0: i64 = 0,
  a1: i64 = 0,
  a2: i64 = 0,
  a3: i64 = 0,
  a4: i64 = 0,
  a5: i64 = 0,
): i64 {
  return svc(number, a0, a1, a2, a3, a4, a5) as i64
}

/** A call with further results. */
export function syscallMany(
  number: i32,
  a0: i64 = 0,
  a1: i64 = 0,
  a2: i64 = 0,
  a3: i64 = 0,
  a4: i64 = 0,
  a5: i64 = 0,
): i64 {
  svc6(number, a0, a1, a2, a3, a4, a5, results)
  return load<i64>(results)
}

/** Result `i` (x1 is 1) of the last call made by `syscallMany`. */
export function result(i: i32): i64 {
  return load<i64>(results + ((i as usize) << 3))
}
