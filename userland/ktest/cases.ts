/** All cases, area by area. */
import { addCallCases } from './cases/calls'
import { addElfCases } from './cases/elf'
import { addFaultCases } from './cases/faults'
import { addHandlerCases } from './cases/handlers'
import { addHandleCases } from './cases/handles'
import { addIpcCases } from './cases/ipc'
import { addLimitCases } from './cases/limits'
import { addMachineCases } from './cases/machine'
import { addMemoryCases } from './cases/memory'
import { addPipeCases } from './cases/pipes'
import { addPointerCases } from './cases/pointers'
import { addSessionCases } from './cases/sessions'
import { addSpawnCases } from './cases/spawn'
import { addTaskCases } from './cases/tasks'
import { addTimeCases } from './cases/time'
import { addRoles } from './roles'

/** Fills the tables of the registry. */
export function addCases(): void {
  addRoles()
  addCallCases()
  addTaskCases()
  addSpawnCases()
  addElfCases()
  addFaultCases()
  addHandlerCases()
  addPointerCases()
  addIpcCases()
  addSessionCases()
  addHandleCases()
  addTimeCases()
  addPipeCases()
  addMemoryCases()
  addMachineCases()
  addLimitCases()
}
