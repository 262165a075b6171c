/** What AssemblyScript's standard library has and its type declarations for tsc lack. asc does not read this file. */
interface Number {
  toString(radix?: i32): string
}
interface String {
  startsWith(search: string, start?: i32): bool
}
