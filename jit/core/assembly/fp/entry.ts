/**
 * The floating-point and SIMD part as a module of its own: what its differential tests load. The
 * core itself does not use this file.
 */
export { decodeRow } from '../generated/decode'
export { execFpSimd } from './exec'
