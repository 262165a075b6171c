/** `sleep SECONDS...`: waits; fractions are allowed, and s, m, h, d behind a number. */
import { args, misuse, sleep } from '../libkenix'

const USAGE = 'sleep SECONDS[s|m|h|d]...'
const SECOND: f64 = 1000000000

function unit(letter: string): f64 {
  if (letter === 'm') return 60
  if (letter === 'h') return 3600
  if (letter === 'd') return 86400
  return letter === 's' ? 1 : 0
}

export function main(): i32 {
  const words = args()
  if (words.length === 0) return misuse('', USAGE)
  let total: f64 = 0
  for (let i = 0; i < words.length; i++) {
    const word = words[i]
    const scale = unit(word.charAt(word.length - 1))
    const value = parseFloat(scale > 0 ? word.substring(0, word.length - 1) : word)
    if (!(value >= 0) || value > 1e9) return misuse(`"${word}" is no time`, USAGE)
    total += value * (scale > 0 ? scale : 1)
  }
  if (total > 9e9) return misuse('the time is too long', USAGE)
  sleep((total * SECOND) as i64)
  return 0
}
