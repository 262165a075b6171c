/** `false`: fails. */
export function main(): i32 {
  return 1
}
