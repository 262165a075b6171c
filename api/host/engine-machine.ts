import type { EngineFactory } from './engine.ts'
export const createMachineEngine: EngineFactory = async () => {
  throw new Error('no machine yet')
}
