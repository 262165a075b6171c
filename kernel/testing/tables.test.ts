import { expect, test } from 'bun:test'
import { TestKernel } from './kernel.ts'

test('index 0 of MAIR_EL1, what a forgotten index means, is ordinary write-back memory', async () => {
  const kernel = await TestKernel.boot([
    function* () {
      yield ['YIELD']
      return 0
    },
  ])
  const mair = kernel.constant64('MAIR')
  expect(kernel.constant64('ATTRIBUTE_NORMAL')).toBe(0n)
  expect(mair & 0xffn).toBe(0xffn)
  expect((mair >> (8n * kernel.constant64('ATTRIBUTE_DEVICE'))) & 0xffn).toBe(0x04n)
  expect((mair >> (8n * kernel.constant64('ATTRIBUTE_UNCACHED'))) & 0xffn).toBe(0x44n)
})
