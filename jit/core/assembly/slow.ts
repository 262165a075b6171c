/**
 * The way out of the interpreter's operations: whatever cannot be done inline is executed here from its word.
 */
import { CLASS_FP, CLASS_MEMORY, rowAvailable, rowClass } from './classify'
import { fpTrap, undefinedInstruction } from './exception'
import { execFpSimd } from './fp/exec'
import { decodeRow, G_INT, rowGroup } from './generated/decode'
import { execInt } from './int'
import { CPU_FP_TRAP, CPU_PC, MACH_BASE, MACH_LEFT } from './layout'
import { execMemory } from './memory'
import { RECORD_PAGE_LINEAR } from './records'
import { execSystem } from './system'

/**
 * Executes the instruction of record `rec`.
 * @returns true to go on with the next record; false if PC has been set and the outer loop must look.
 */
export function slowAt(cpu: usize, rec: usize, page: usize, pcDelta: u64, left: i32): bool {
  store<u64>(cpu + CPU_PC, <u64>(rec >> 1) + pcDelta)
  store<u32>(MACH_BASE + MACH_LEFT, left)
  const w = load<u32>(load<u32>(page + RECORD_PAGE_LINEAR) + (<u32>(rec - page) >> 1))
  const row = decodeRow(w)
  if (!row || !rowAvailable(row)) {
    undefinedInstruction(cpu)
    return false
  }
  if (rowGroup(row) == G_INT) {
    execInt(cpu, row, w)
    return true
  }
  const kind = rowClass(row)
  if (kind == CLASS_MEMORY) return execMemory(cpu, row, w)
  if (kind == CLASS_FP) {
    if (load<u32>(cpu + CPU_FP_TRAP)) fpTrap(cpu)
    else if (execFpSimd(cpu, row, w)) return true
    else undefinedInstruction(cpu)
    return false
  }
  return execSystem(cpu, row, w)
}
