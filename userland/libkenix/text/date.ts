/**
 * Seconds since 1970-01-01 00:00:00 UTC as a date in the proleptic Gregorian calendar, and back. No time zones, no leap
 * seconds. The algorithm counts days from the first of March, so that a leap day is the last of its year.
 */
import { decimal } from './format'

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const DAYS = 'SunMonTueWedThuFriSat'

/** A date and a time of day in UTC. `month` and `day` count from 1, `weekday` from Sunday as 0. */
export class DateTime {
  year: i32 = 1970
  month: i32 = 1
  day: i32 = 1
  hour: i32 = 0
  minute: i32 = 0
  second: i32 = 0
  weekday: i32 = 4

  /** "2026-11-22 20:08:31" */
  toString(): string {
    return `${this.date()} ${this.clock()}`
  }

  /** "2026-11-22" */
  date(): string {
    return `${decimal(this.year, 4)}-${decimal(this.month, 2)}-${decimal(this.day, 2)}`
  }

  /** "20:08:31" */
  clock(): string {
    return `${decimal(this.hour, 2)}:${decimal(this.minute, 2)}:${decimal(this.second, 2)}`
  }

  /** "Sun Nov 22 20:08:31 UTC 2026" */
  long(): string {
    const weekday = DAYS.substr(this.weekday * 3, 3)
    const month = MONTHS.substr(this.month * 3 - 3, 3)
    return `${weekday} ${month} ${this.day.toString().padStart(2)} ${this.clock()} UTC ${this.year.toString()}`
  }
}

/** The date at `seconds` since 1970. */
export function fromUnix(seconds: i64): DateTime {
  const result = new DateTime()
  let days = seconds / 86400
  let rest = seconds % 86400
  if (rest < 0) {
    rest += 86400
    days--
  }
  result.hour = (rest / 3600) as i32
  result.minute = ((rest / 60) % 60) as i32
  result.second = (rest % 60) as i32
  result.weekday = ((((days + 4) % 7) + 7) as i32) % 7
  const shifted = days + 719468
  const era = (shifted >= 0 ? shifted : shifted - 146096) / 146097
  const ofEra = shifted - era * 146097
  const yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146096) / 365
  const ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  const m = (5 * ofYear + 2) / 153
  result.day = (ofYear - (153 * m + 2) / 5 + 1) as i32
  result.month = (m < 10 ? m + 3 : m - 9) as i32
  result.year = ((yearOfEra + era * 400) as i32) + (result.month <= 2 ? 1 : 0)
  return result
}

/** Seconds since 1970 of a date. */
export function toUnix(date: DateTime): i64 {
  const year = (date.year as i64) - (date.month <= 2 ? 1 : 0)
  const era = (year >= 0 ? year : year - 399) / 400
  const yearOfEra = year - era * 400
  const m = (date.month > 2 ? date.month - 3 : date.month + 9) as i64
  const ofYear = (153 * m + 2) / 5 + (date.day as i64) - 1
  const ofEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + ofYear
  const days = era * 146097 + ofEra - 719468
  return days * 86400 + date.hour * 3600 + date.minute * 60 + date.second
}
