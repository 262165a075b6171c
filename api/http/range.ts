/**
 * The Range header (RFC 9110, section 14.2), for one range of bytes. What it does not understand, several ranges or
 * other units, it ignores as the RFC allows: the whole is sent.
 */

export type Range = { first: number; last: number } | 'whole' | 'unsatisfiable'

/** What part of `size` bytes a header asks for. */
export function parseRange(header: string | undefined, size: number): Range {
  const match = /^bytes=\s*(\d{0,16})-(\d{0,16})\s*$/.exec(header ?? '')
  if (!match) return 'whole'
  const [, from = '', to = ''] = match
  if (from === '' && to === '') return 'whole'
  if (from === '') {
    const length = Math.min(Number(to), size)
    return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 }
  }
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return 'whole'
  return first >= size ? 'unsatisfiable' : { first, last }
}
