/**
 * Makes docs/syscalls.md, docs/ipc-protocols.md and the AssemblyScript constants of the kernel and libkenix from the tables
 * of this folder. `bun kernel/abi/generate.ts` writes them; `generate.test.ts` fails when a committed file is not current.
 */
import { join } from 'node:path'
import { addresses, core, task } from '../assembly/layout.ts'
import { blocks, errors, groups, states } from './constants.ts'
import { protocols } from './protocols.ts'
import { systemCalls } from './syscalls.ts'
import type { ConstantGroup, Message, Protocol, SystemCall, Value } from './types.ts'

const root = join(import.meta.dir, '../..')
const NOTE = 'Made by `bun kernel/abi/generate.ts` from the tables in `kernel/abi`: edit those.'

function cell(text: string): string {
  return text.replaceAll('|', '\\|')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map(cell))
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => row[i]!.length)))
  const line = (row: readonly string[]) =>
    `| ${row.map((text, i) => text.padEnd(widths[i]!)).join(' | ')} |`
  const rule = widths.map((width) => '-'.repeat(width))
  return [line(cells[0]!), line(rule), ...cells.slice(1).map(line)].join('\n')
}

function registers(values: readonly Value[]): readonly (readonly string[])[] {
  const rows: string[][] = []
  for (const value of values) {
    const last = rows.at(-1)
    if (last?.[2] === value.text) {
      last[0] = `${last[0]!.split('-')[0]}-${value.register}`
      last[1] = `${last[1]!.split('-')[0]}-${value.name}`
    } else rows.push([value.register, value.name, value.text])
  }
  return rows
}

function callSection(call: SystemCall): string {
  const parts = [`### ${call.number} ${call.name}`, call.summary]
  if (call.arguments.length > 0)
    parts.push(table(['in', 'name', 'meaning'], registers(call.arguments)))
  if (call.results.length > 0)
    parts.push(table(['out', 'name', 'meaning'], registers(call.results)))
  else parts.push('Does not return when it succeeds.')
  const errors = Object.entries(call.errors)
  if (errors.length > 0)
    parts.push(`Errors: ${errors.map(([name, text]) => `\`${name}\` ${text}`).join('; ')}.`)
  return parts.concat(call.notes ?? []).join('\n\n')
}

function constantSection(group: ConstantGroup): string {
  return [
    `### ${group.title}`,
    group.text,
    table(
      ['name', 'value', 'meaning'],
      group.constants.map((c) => [`\`${group.prefix}${c.name}\``, String(c.value), c.text]),
    ),
  ].join('\n\n')
}

/** The text of docs/syscalls.md. */
export function syscallsDocument(): string {
  const names = [...new Set(systemCalls.map((call) => call.group))]
  return `${[
    '# System calls',
    NOTE,
    'A call is the instruction `SVC #0` with the number in x8 and arguments in x0 to x5. Results come in x0 to x5. An error is a ' +
      'negative errno in x0, and always means what the table of errors says. Result registers a call does not name, and all other ' +
      'registers, FP and SIMD registers included, keep their values. A number without a call gives `ENOSYS`. An address is any ' +
      '64-bit address of the caller; a bad one gives `EFAULT`, never a fault.',
    'Programs are static AArch64 ELF files in any language; SPAWN describes how they start. The generated constants for ' +
      'AssemblyScript stand in `userland/libkenix/generated/abi.ts`.',
    table(
      ['number', 'name', 'in', 'out', 'what it does'],
      systemCalls.map((c) => [
        String(c.number),
        `[${c.name}](#${c.number}-${c.name.toLowerCase()})`,
        c.arguments.map((v) => v.name).join(', '),
        c.results.map((v) => v.name).join(', '),
        c.summary,
      ]),
    ),
    ...names.flatMap((name) => [
      `## ${name}`,
      ...systemCalls.filter((call) => call.group === name).map(callSection),
    ]),
    '## Constants',
    ...groups.map(constantSection),
    '## Blocks in memory',
    'Little endian, at addresses that are multiples of 8.',
    ...blocks.flatMap((block) => [
      `### ${block.title}`,
      `${block.size} bytes.`,
      table(
        ['offset', 'bytes', 'name', 'meaning'],
        block.fields.map((f) => [String(f.offset), String(f.size), f.name, f.text]),
      ),
    ]),
  ].join('\n\n')}\n`
}

function messageSection(message: Message): string {
  const parts = [`### ${message.tag} ${message.name}`, message.text]
  if (message.request.length > 0)
    parts.push(`Request: ${message.request.map((text, i) => `d${i} ${text}`).join('; ')}.`)
  parts.push(
    message.reply.length > 0
      ? `Reply: ${message.reply.map((text, i) => (i === 0 ? text : `d${i - 1} ${text}`)).join('; ')}.`
      : 'No reply.',
  )
  if (message.lease !== undefined) parts.push(`Lent memory: ${message.lease}.`)
  if (message.gives !== undefined) parts.push(`Attached handle: ${message.gives}.`)
  if (message.takes !== undefined) parts.push(`Attached to the reply: ${message.takes}.`)
  return parts.join('\n\n')
}

function protocolSection(protocol: Protocol): string {
  return [`## ${protocol.title}`, protocol.text, ...protocol.messages.map(messageSection)].join(
    '\n\n',
  )
}

/** The text of docs/ipc-protocols.md. */
export function protocolsDocument(): string {
  return `${[
    '# Messages between programs and servers',
    NOTE,
    'A message is a tag and four 64-bit data words, 32 bytes (the console takes 24 of them as text, since d0 is the length). The tag of ' +
      'a reply is the result, or a negative errno. `ENOSYS` answers a tag a server does not know. More than fits travels in memory ' +
      'lent for the call (LEASE), in shared memory, or by a handle attached to the message. Pointers never travel.',
    table(
      ['tag', 'server', 'message', 'what it does'],
      protocols.flatMap((p) =>
        p.messages.map((m) => [String(m.tag), p.name.toLowerCase(), m.name, m.text]),
      ),
    ),
    ...protocols.map(protocolSection),
  ].join('\n\n')}\n`
}

function constant(name: string, value: number | string, text: string): string {
  return `/** ${text} */\nexport const ${name}: i32 = ${value}`
}

/** The constants as AssemblyScript, the same for kernel and programs. */
export function constantsModule(): string {
  const lines = [
    `/** Numbers of the kernel interface. ${NOTE} */`,
    ...systemCalls.map((c) => constant(`SYS_${c.name}`, c.number, c.summary)),
    ...groups.flatMap((group) =>
      group.constants.map((c) => constant(`${group.prefix}${c.name}`, c.value, c.text)),
    ),
    ...blocks.flatMap((block) => [
      constant(`${block.name}_BYTES`, block.size, block.title),
      ...block.fields.map((f) => constant(`${block.name}_BLOCK_${f.name}`, f.offset, f.text)),
    ]),
    ...protocols.flatMap((p) =>
      p.messages.map((m) => constant(`${p.name}_${m.name}`, m.tag, m.text)),
    ),
  ]
  return `${lines.join('\n')}\n`
}

/** The texts of errors and of states of tasks as AssemblyScript, for programs. */
export function textsModule(): string {
  const lookup = (name: string, group: ConstantGroup, what: string) => [
    `/** ${what} */`,
    `export function ${name}(value: i32): string {`,
    '  switch (value) {',
    ...group.constants.map((c) => `    case ${c.value}:\n      return '${c.text}'`),
    '  }',
    "  return ''",
    '}',
  ]
  return `${[
    `/** Texts of the kernel interface. ${NOTE} */`,
    ...lookup('errorTextOf', errors, 'What a positive errno means; empty if there is no such.'),
    ...lookup('stateTextOf', states, 'What a task in this state does.'),
  ].join('\n')}\n`
}

/** Addresses and offsets for the kernel. */
export function layoutModule(): string {
  const offsets = (prefix: string, fields: Readonly<Record<string, number>>) =>
    Object.entries(fields).map(([name, value]) => `export const ${prefix}${name}: usize = ${value}`)
  return `${[
    '/** Made by `bun kernel/abi/generate.ts` from kernel/assembly/layout.ts: edit that. */',
    ...addresses.map(
      ({ name, value, text }) =>
        `/** ${text} */\nexport const ${name}: u64 = 0x${value.toString(16)}`,
    ),
    ...offsets('TASK_', task),
    ...offsets('CORE_', core),
  ].join('\n')}\n`
}

/** Files this makes: path from the root of the repository, and text. */
export function generated(): ReadonlyMap<string, string> {
  const constants = constantsModule()
  return new Map([
    ['docs/syscalls.md', syscallsDocument()],
    ['docs/ipc-protocols.md', protocolsDocument()],
    ['kernel/abi/generated.ts', constants],
    ['kernel/arch/layout.ts', layoutModule()],
    ['userland/libkenix/generated/abi.ts', constants],
    ['userland/libkenix/generated/texts.ts', textsModule()],
  ])
}

if (import.meta.main) {
  for (const [path, text] of generated()) await Bun.write(join(root, path), text)
}
