/** `free [-b|-h]`: memory, in KiB, bytes, or as a person reads it; and the objects of the kernel. */
import { args, columns, humanSize, misuse, Options, parseOptions, print } from '../libkenix'
import {
  MAX_DEVICES,
  MAX_ENDPOINTS,
  MAX_PIPES,
  MAX_SESSIONS,
  MAX_SHMS,
  PAGE_BYTES,
  SYS_SYSINFO,
  SYSINFO_MEMORY,
  SYSINFO_OBJECTS,
} from '../libkenix/generated/abi'
import { result, syscallMany } from '../libkenix/syscall'

function size(pages: i64, options: Options): string {
  const bytes = pages * PAGE_BYTES
  if (options.has('h')) return humanSize(bytes)
  return options.has('b') ? bytes.toString() : (bytes / 1024).toString()
}

export function main(): i32 {
  const options = parseOptions(args(), 'bho')
  if (options.error !== '' || options.operands.length > 0) {
    return misuse(options.error, 'free [-b|-h] [-o]    (-o: objects of the kernel, too)')
  }
  syscallMany(SYS_SYSINFO, SYSINFO_MEMORY)
  const all = result(1)
  const free = result(2)
  const aside = result(5)
  const head = ['', 'total', 'used', 'free', 'aside']
  const row = [
    size(all, options),
    size(all - free, options),
    size(free, options),
    size(aside, options),
  ]
  print(columns([head, ['Memory'].concat(row)], ' >>>>'))
  if (!options.has('o')) return 0
  const endpoints = syscallMany(SYS_SYSINFO, SYSINFO_OBJECTS)
  const rows: Array<Array<string>> = [['Objects', 'used', 'most']]
  rows.push(['endpoints', endpoints.toString(), MAX_ENDPOINTS.toString()])
  rows.push(['sessions', result(1).toString(), MAX_SESSIONS.toString()])
  rows.push(['shared memory', result(2).toString(), MAX_SHMS.toString()])
  rows.push(['pipes', result(3).toString(), MAX_PIPES.toString()])
  rows.push(['devices', result(4).toString(), MAX_DEVICES.toString()])
  rows.push(['handles', result(5).toString(), ''])
  print(columns(rows, ' >>'))
  return 0
}
