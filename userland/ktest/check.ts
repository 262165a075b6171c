/** What a case demands. The first demand that is not met ends its task with a line on standard error that says which. */
import { ECHILD } from '../libkenix/generated/abi'
import { isOpen } from '../libkenix/handle'
import { exit, writeError } from '../libkenix/stdio'
import { hex } from '../libkenix/text/format'

/** Exit codes of a case. */
export const PASSED: i32 = 0
export const FAILED: i32 = 1
export const SKIPPED: i32 = 77

/** Ends the case: it failed. */
export function fail(text: string): void {
  writeError(`${text}\n`)
  exit(FAILED)
}

/** Both must be equal. */
export function same(actual: i64, expected: i64, what: string): void {
  if (actual !== expected) {
    fail(`${what}: ${actual.toString()} instead of ${expected.toString()}`)
  }
}

/** As `same`, for addresses and patterns of bits. */
export function sameBits(actual: u64, expected: u64, what: string): void {
  if (actual !== expected) fail(`${what}: 0x${hex(actual)} instead of 0x${hex(expected)}`)
}

/** The call must fail with this errno. */
export function refused(actual: i64, errno: i32, what: string): void {
  same(actual, -(errno as i64), what)
}

/** The call must succeed; gives its result. */
export function granted(actual: i64, what: string): i64 {
  if (actual < 0) fail(`${what}: failed with ${actual.toString()}`)
  return actual
}

/** Must hold. */
export function holds(condition: bool, what: string): void {
  if (!condition) fail(what)
}

/** `actual` must lie within both bounds. */
export function between(actual: i64, low: i64, high: i64, what: string): void {
  if (actual < low || actual > high) {
    fail(`${what}: ${actual.toString()} is not within ${low.toString()} and ${high.toString()}`)
  }
}

/** Ends the case as skipped unless it was given this handle. */
export function needs(slot: i32): void {
  if (!isOpen(slot)) exit(SKIPPED)
}

/** A WAIT that must find nothing left to wait for. */
export function nothingLeft(answer: i64): void {
  refused(answer, ECHILD, 'wait without children')
}
