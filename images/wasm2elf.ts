/** The command `wasm2elf`: a WebAssembly module to a static Linux program for AArch64. */

import { chmod, mkdir } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { linuxProgram } from './compiler/linux/program.ts'
import { readSourceMap, type SourceMap } from './compiler/source-map.ts'
import { parse } from './compiler/wasm/parse.ts'

/** A wrong command line. */
export class ArgumentError extends Error {}

interface Options {
  readonly input: string
  readonly output: string
}

function readArguments(args: readonly string[]): Options {
  let input: string | undefined
  let output: string | undefined
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '-o' || arg === '--output') {
      output = args[++i]
      if (output === undefined) throw new ArgumentError(`${arg} needs the name of a file`)
    } else if (arg.startsWith('-')) throw new ArgumentError(`There is no option "${arg}"`)
    else if (input !== undefined)
      throw new ArgumentError(`One module is compiled, not "${arg}", too`)
    else input = arg
  }
  if (input === undefined) throw new ArgumentError('The module is not named')
  return { input, output: output ?? input.replace(/(\.wasm)?$/, '.elf') }
}

/** The source map that the module names, if it is a file beside it. */
async function sourceMapOf(input: string, bytes: Uint8Array): Promise<SourceMap | undefined> {
  const { sourceMap } = parse(bytes)
  if (sourceMap === undefined || /^[a-z]+:/i.test(sourceMap)) return undefined
  const file = Bun.file(resolve(dirname(input), sourceMap))
  return (await file.exists()) ? readSourceMap(await file.text()) : undefined
}

/**
 * Compiles a module, by the arguments `MODULE [-o PROGRAM]`.
 *
 * @returns 0
 * @throws ArgumentError for wrong arguments, Error if the module cannot be read or compiled
 */
export async function main(args: readonly string[]): Promise<number> {
  const { input, output } = readArguments(args)
  const file = Bun.file(input)
  if (!(await file.exists())) throw new Error(`Cannot read "${input}": there is no such file`)
  const bytes = new Uint8Array(await file.arrayBuffer())
  const program = linuxProgram(bytes, await sourceMapOf(input, bytes))
  await mkdir(dirname(output), { recursive: true })
  await Bun.write(output, program)
  await chmod(output, 0o755)
  return 0
}
