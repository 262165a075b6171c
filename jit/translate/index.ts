/**
 * Translation of a core's guest code, by mode. A machine chooses one; tests of the whole choose by the environment variable
 * KENIX_TRANSLATE, so that all of them can be run in each.
 */
import type { Core } from '../core/core.ts'
import { Translator, type TranslatorOptions } from './translator.ts'

export { Translator, type TranslatorStats } from './translator.ts'

/**
 * For tests: `forced` translates every branch target when it is first reached, and so only what was executed by then;
 * `eager` what was reached a few times, at once, so that runs can be repeated exactly. Both are much slower.
 */
export const TRANSLATE_MODES = ['off', 'on', 'eager', 'forced'] as const
export type TranslateMode = (typeof TRANSLATE_MODES)[number]

const OPTIONS: Record<Exclude<TranslateMode, 'off'>, TranslatorOptions> = {
  on: {},
  eager: { threshold: 2, samplePeriod: 8, intervalMs: 0 },
  forced: { threshold: 1, samplePeriod: 1, intervalMs: 0 },
}

/** The mode the environment asks for, or `fallback`. @throws RangeError for a value that is none */
export function translateModeFrom(
  value: string | undefined,
  fallback: TranslateMode,
): TranslateMode {
  if (value === undefined || value === '') return fallback
  const mode = TRANSLATE_MODES.find((name) => name === value)
  if (!mode)
    throw new RangeError(
      `KENIX_TRANSLATE is "${value}": must be one of ${TRANSLATE_MODES.join(', ')}`,
    )
  return mode
}

/** Makes a translator for a core, or none. `names` makes translated functions known to profilers. */
export function translate(core: Core, mode: TranslateMode, names = false): Translator | undefined {
  return mode === 'off' ? undefined : new Translator(core, { ...OPTIONS[mode], names })
}
