/** Dates of FAT directory entries: fatgen103, section "Date and Time Formats". They count from 1980, in steps of 2 s. */
import { DateTime, fromUnix, toUnix } from '../../libkenix/text/date'

/** Date in the upper half, time in the lower one. Times before 1980 become its first second, those after 2107 its last. */
export function toFatTime(seconds: i64): u32 {
  if (seconds < 315532800) return 0x0021_0000
  const date = fromUnix(seconds)
  if (date.year > 2107) return 0xff9f_bf7d
  const day = ((date.year - 1980) << 9) | (date.month << 5) | date.day
  const time = (date.hour << 11) | (date.minute << 5) | (date.second >> 1)
  return ((day as u32) << 16) | (time as u32)
}

/** Seconds since 1970; what no calendar has is taken as the nearest date. */
export function fromFatTime(value: u32): i64 {
  const date = new DateTime()
  const day = value >> 16
  date.year = 1980 + ((day >> 9) as i32)
  date.month = max(1, min(12, ((day >> 5) & 15) as i32))
  date.day = max(1, (day & 31) as i32)
  date.hour = min(23, ((value >> 11) & 31) as i32)
  date.minute = min(59, ((value >> 5) & 63) as i32)
  date.second = min(59, ((value & 31) * 2) as i32)
  return toUnix(date)
}
