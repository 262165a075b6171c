/** What the tests use of capstone-wasm 1.0.3, whose package.json does not point TypeScript to its own declarations. */
declare module 'capstone-wasm' {
  export interface Instruction {
    readonly mnemonic: string
    readonly opStr: string
  }
  export function loadCapstone(): Promise<void>
  export const Const: { readonly CS_ARCH_ARM64: number; readonly CS_MODE_LITTLE_ENDIAN: number }
  export class Capstone {
    constructor(arch: number, mode: number)
    disasm(data: Uint8Array, options?: { address?: bigint; count?: number }): Instruction[]
  }
}
