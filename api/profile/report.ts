/**
 * A profile as text.
 */
import type { MachineStats } from '../../devices/machine-types.ts'
import { PARTS } from './parts.ts'
import type { Profile, RegionSamples } from './profiler.ts'
import type { SymbolTable } from './symbols.ts'

/** Regions that are shown. */
const SHOWN = 30

/** Where a machine's time went: by part, by translated region, and what the translator counted. */
export function profileReport(profile: Profile, stats: MachineStats, symbols: SymbolTable): string {
  const { samples, intervalMs, parts, regions } = profile
  const sampledMs = samples * intervalMs
  const lines = [
    `Where time went: ${samples} samples, ${intervalMs.toFixed(1)} ms apart; ${seconds(stats.wallMs)} s of run time, ${seconds(stats.cpuMs)} s of CPU time`,
    '',
    ...PARTS.filter((part) => parts.has(part)).map(
      (part) => `${share(parts.get(part)!, samples)}  ${part}`,
    ),
  ]
  const elsewhere = stats.cpuMs - sampledMs
  if (elsewhere > 0) {
    lines.push(
      '',
      `About ${seconds(elsewhere)} s of CPU time were not in that thread: compilers and garbage collector of JavaScriptCore`,
    )
  }
  if (regions.length > 0) {
    lines.push('', 'Translated regions, by their entries')
    lines.push(...regions.slice(0, SHOWN).map((region) => regionLine(region, samples, symbols)))
    const rest = regions.slice(SHOWN)
    if (rest.length > 0) {
      const sum = rest.reduce((total, region) => total + region.samples, 0)
      lines.push(`${share(sum, samples)}  ${rest.length} more`)
    }
  }
  lines.push('', ...translatorLines(stats))
  return `${lines.join('\n')}\n`
}

function regionLine(
  { address, samples, tiers }: RegionSamples,
  total: number,
  symbols: SymbolTable,
): string {
  const hex = `0x${address.toString(16).padStart(16, '0')}`
  const mix = [...tiers]
    .sort((a, b) => b[1] - a[1])
    .map(([tier, count]) => `${tier} ${Math.round((100 * count) / samples)} %`)
  return `${share(samples, total)}  ${hex}  ${(symbols.at(address) ?? '').padEnd(32)}  ${mix.join(', ')}`
}

function translatorLines({ instructions, exceptions, translator }: MachineStats): string[] {
  if (!translator) {
    return [
      `${instructions} instructions, ${exceptions} exceptions`,
      'Nothing was translated: the translator is off',
    ]
  }
  const { translations, wasmBytes, retired, invalidated, evicted, compileMs, failures } = translator
  const translated = share(retired, Math.max(1, instructions)).trim()
  const lines = [
    `${instructions} instructions (${translated} in translated code), ${exceptions} exceptions`,
  ]
  lines.push(
    `${translations} translations (${translator.instructions} instructions, ${Math.round(wasmBytes / 1024)} KiB of WebAssembly) in ${seconds(compileMs)} s; ${invalidated} dropped because their code changed, ${evicted} to make room`,
  )
  const causes = Object.entries(failures).sort((a, b) => b[1] - a[1])
  for (const [cause, count] of causes) lines.push(`${count} not translated: ${cause}`)
  return lines
}

function share(samples: number, total: number): string {
  return `${((100 * samples) / total).toFixed(1).padStart(6)} %`
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(2)
}
