/** Reproducible random numbers: xorshift32 (Marsaglia, "Xorshift RNGs"). */
export function random(seed: number): () => number {
  let state = (seed * 0x9e37_79b9) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state >>> 1
  }
}
