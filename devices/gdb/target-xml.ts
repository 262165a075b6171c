/**
 * The target description: an XML document that tells GDB which registers there are. GDB manual, appendix G.
 *
 * Register numbers follow from the order of the list. Types of the vector registers show them as every kind of element.
 */
import type { Feature, Register } from './registers.ts'

const FEATURES: readonly [Feature, string][] = [
  ['core', 'org.gnu.gdb.aarch64.core'],
  ['fpu', 'org.gnu.gdb.aarch64.fpu'],
  ['system', 'org.kenix.aarch64.system'],
]

/** Fields of PSTATE in SPSR_ELx: name, first and last bit. */
const PSTATE_FIELDS: readonly [string, number, number][] = [
  ['SP', 0, 0],
  ['EL', 2, 3],
  ['F', 6, 6],
  ['I', 7, 7],
  ['A', 8, 8],
  ['D', 9, 9],
  ['IL', 20, 20],
  ['SS', 21, 21],
  ['PAN', 22, 22],
  ['V', 28, 28],
  ['C', 29, 29],
  ['Z', 30, 30],
  ['N', 31, 31],
]

/** Views of a vector register: element letter, bits, and GDB's types as floating point, unsigned and signed. */
const ELEMENTS: readonly [string, number, string | undefined, string, string][] = [
  ['d', 64, 'ieee_double', 'uint64', 'int64'],
  ['s', 32, 'ieee_single', 'uint32', 'int32'],
  ['h', 16, 'ieee_half', 'uint16', 'int16'],
  ['b', 8, undefined, 'uint8', 'int8'],
  ['q', 128, undefined, 'uint128', 'int128'],
]

/** The document `target.xml`. */
export function targetXml(registers: readonly Register[]): string {
  const features = FEATURES.map(
    ([feature, name]) =>
      `<feature name="${name}">\n${typesOf(feature)}${registersXml(feature, registers)}</feature>\n`,
  )
  return (
    '<?xml version="1.0"?>\n<!DOCTYPE target SYSTEM "gdb-target.dtd">\n<target version="1.0">\n' +
    `<architecture>aarch64</architecture>\n${features.join('')}</target>\n`
  )
}

function registersXml(feature: Feature, registers: readonly Register[]): string {
  // What is in group "system" is shown by "info registers system", not by "info registers".
  const group = feature === 'system' ? ' group="system"' : feature === 'fpu' ? ' group="float"' : ''
  return registers
    .map((register, number) => ({ ...register, number }))
    .filter((register) => register.feature === feature)
    .map(({ name, bits, type, number }) => {
      const kind = name.startsWith('v') && feature === 'fpu' ? ' group="vector"' : group
      return `<reg name="${name}" bitsize="${bits}" type="${type}" regnum="${number}"${kind}/>\n`
    })
    .join('')
}

function typesOf(feature: Feature): string {
  if (feature === 'core') {
    const fields = PSTATE_FIELDS.map(
      ([name, start, end]) => `<field name="${name}" start="${start}" end="${end}"/>\n`,
    )
    return `<flags id="cpsr_flags" size="4">\n${fields.join('')}</flags>\n`
  }
  return feature === 'fpu' ? vectorTypes() : ''
}

function vectorTypes(): string {
  let types = ''
  for (const [letter, bits, float, unsigned, signed] of ELEMENTS) {
    const views = [
      ['f', float],
      ['u', unsigned],
      ['s', signed],
    ].filter(([, type]) => type !== undefined)
    for (const [view, type] of views) {
      types += `<vector id="v${letter}${view}" type="${type}" count="${128 / bits}"/>\n`
    }
    const fields = views.map(([view]) => `<field name="${view}" type="v${letter}${view}"/>\n`)
    types += `<union id="vn${letter}">\n${fields.join('')}</union>\n`
  }
  const fields = ELEMENTS.map(([letter]) => `<field name="${letter}" type="vn${letter}"/>\n`)
  return `${types}<union id="aarch64v">\n${fields.join('')}</union>\n`
}
