/**
 * Errors. Functions of libkenix that can fail return a negative errno; the numbers are in generated/abi.ts.
 */
import { errorTextOf } from './generated/texts'

/** What an errno means to a person; positive and negative are the same. */
export function errorText(errno: i64): string {
  const number = (errno < 0 ? -errno : errno) as i32
  const text = errorTextOf(number)
  return text === '' ? `Error ${number.toString()}` : text
}
