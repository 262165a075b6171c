import { describe, expect, test } from 'bun:test'
import { need } from '../../test/tools/debian.ts'
import { kenixProgram } from '../compiler/kenix/program.ts'
import { readSourceMap } from '../compiler/source-map.ts'
import { runProgram } from '../compiler/testing/differential.ts'
import { compileAssemblyScript } from './asc.ts'

const qemu = need('qemu-user-static')
const options = [
  '--runtime',
  'incremental',
  '--memoryBase',
  '65536',
  '--initialMemory',
  '64',
  '-O2',
]

describe('compileAssemblyScript()', () => {
  test.skipIf(!qemu)(
    'makes programs with strings, maps, classes and a collector',
    async () => {
      const entries = ['images/kenix/testing/program/main.ts']
      const { bytes, mapText } = await compileAssemblyScript({ entries, options })
      const map = readSourceMap(mapText)
      expect(map.sources).toContain(entries[0]!)
      const program = kenixProgram(bytes, { calls: { exit: 93, brk: 214 }, map })
      const { output, exitCode } = runProgram(program, [])
      expect(output).toBe('58000 19942 k11\n13.5 3.0 18446744073709551615\n9,1,4\n')
      expect(exitCode).toBe(7)
    },
    60_000,
  )

  test('says what is wrong with a source', async () => {
    const entries = ['images/kenix/testing/none.ts']
    await expect(compileAssemblyScript({ entries, options })).rejects.toThrow(
      'Cannot compile images/kenix/testing/none.ts',
    )
  }, 60_000)
})
