/** `seq [FIRST [STEP]] LAST`: counts. */
import { args, misuse, NO_INTEGER, outputError, parseInteger, printLine } from '../libkenix'

const USAGE = 'seq [FIRST [STEP]] LAST'

export function main(): i32 {
  const words = args()
  if (words.length < 1 || words.length > 3) return misuse('', USAGE)
  const numbers: i64[] = []
  for (let i = 0; i < words.length; i++) {
    const value = parseInteger(words[i])
    if (value === NO_INTEGER) return misuse(`"${words[i]}" is no integer`, USAGE)
    numbers.push(value)
  }
  const last = numbers[numbers.length - 1]
  const step = numbers.length === 3 ? numbers[1] : 1
  if (step === 0) return misuse('a step of 0 never ends', USAGE)
  let value: i64 = numbers.length > 1 ? numbers[0] : 1
  while (step > 0 ? value <= last : value >= last) {
    printLine(value.toString())
    if (outputError < 0) return 1
    // The next value might not fit.
    if (step > 0 ? value > i64.MAX_VALUE - step : value < i64.MIN_VALUE - step) break
    value += step
  }
  return 0
}
