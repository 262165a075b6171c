/**
 * A program that uses much of AssemblyScript's library: strings, maps, arrays with closures, classes, floating point, and garbage
 * enough for several collections. Its system call, write, is Linux's, too.
 */
import { call } from './svc'

const WRITE: u64 = 64

function print(text: string): void {
  const bytes = String.UTF8.encode(`${text}\n`)
  call(WRITE, 1, changetype<usize>(bytes), bytes.byteLength, 0, 0, 0)
}

class Item {
  constructor(
    public value: i32,
    public next: Item | null,
  ) {}
}

export function main(): i32 {
  const map = new Map<string, i32>()
  let total = 0
  for (let i = 0; i < 20000; i++) {
    const key = `k${(i % 100).toString()}`
    map.set(key, i)
    total += key.length
  }
  let list: Item | null = null
  for (let i = 0; i < 10; i++) list = new Item(i, list)
  const names = map.keys().sort((a, b) => (a < b ? -1 : 1))
  print(`${total.toString()} ${map.get('k42').toString()} ${names[3]}`)
  const last = (list as Item).value as f64
  print(`${(1.5 * last).toString()} ${Math.sqrt(last).toString()} ${u64.MAX_VALUE.toString()}`)
  print([3, 1, 2].map<string>((value) => (value * value).toString()).join(','))
  return 7
}
