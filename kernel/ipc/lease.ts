/**
 * Leases: memory a caller lends to the server of one call. The server names the caller, not an address: the kernel copies between
 * both, page by page, with the rights of each, until the reply. A page is read through the tables of the caller and written
 * with the rights of the server, or the reverse.
 */
import { EFAULT, EINVAL, EIO, EPERM, ESRCH, PROT_READ, PROT_WRITE } from '../abi/generated'
import { translate, withinPage } from '../memory/fault'
import { copyInTo, copyOutFrom, isUserRange } from '../memory/user'
import {
  answer,
  fail,
  LEASE_ACCESS,
  LEASE_ADDRESS,
  LEASE_LENGTH,
  LENT,
  PID,
  register,
  setRegister,
  W0,
  W1,
  W2,
  W3,
  W4,
  W5,
} from '../task/task'
import { DONE, LEASE_WORK, MORE, startWork } from '../task/work'
import { waitingCaller } from './call'

/** The server may read, write. */
const READ: u32 = 1
const WRITE: u32 = 2
const PAGES_A_STEP: u32 = 4

/** LEASE: what the next call lends. */
export function lease(task: usize): usize {
  const address = register(task, 0)
  const length = register(task, 1)
  const access = register(task, 2)
  if (access < 1 || access > 3) return fail(task, EINVAL)
  if (!isUserRange(address, length)) return fail(task, EFAULT)
  prepareLease(task, address, length, access as u32)
  return answer(task, 0)
}

export function prepareLease(task: usize, address: u64, length: u64, access: u32): void {
  store<u64>(task + LEASE_ADDRESS, address)
  store<u64>(task + LEASE_LENGTH, length)
  store<u32>(task + LEASE_ACCESS, access)
}

function transfer(task: usize, access: u32): usize {
  const caller = waitingCaller(task, register(task, 0) as u32)
  if (!caller) return fail(task, ESRCH)
  if (!(load<u32>(caller + LENT) & access)) return fail(task, EPERM)
  const lent = load<u64>(caller + LEASE_LENGTH)
  const offset = register(task, 1)
  let length = register(task, 3)
  if (offset >= lent) return answer(task, 0)
  if (length > lent - offset) length = lent - offset
  if (!isUserRange(register(task, 2), length)) return fail(task, EFAULT)
  if (!length) return answer(task, 0)
  store<u64>(task + W0, register(task, 0))
  store<u64>(task + W1, load<u64>(caller + LEASE_ADDRESS) + offset)
  store<u64>(task + W2, register(task, 2))
  store<u64>(task + W3, length)
  store<u64>(task + W4, 0)
  store<u64>(task + W5, access)
  return startWork(task, LEASE_WORK)
}

export function leaseRead(task: usize): usize {
  return transfer(task, READ)
}

export function leaseWrite(task: usize): usize {
  return transfer(task, WRITE)
}

/** Copies some pages of what LEASE_READ or LEASE_WRITE asked for. */
export function stepLease(task: usize): u32 {
  const caller = waitingCaller(task, load<u64>(task + W0) as u32)
  if (!caller) {
    fail(task, ESRCH)
    return DONE
  }
  const reads = load<u64>(task + W5) == READ
  let theirs = load<u64>(task + W1)
  let ours = load<u64>(task + W2)
  let left = load<u64>(task + W3)
  for (let n: u32 = 0; n < PAGES_A_STEP && left > 0; n++) {
    const count = withinPage(theirs, left)
    const at = translate(caller, theirs, reads ? PROT_READ : PROT_WRITE)
    if (!at) {
      fail(task, EIO)
      return DONE
    }
    const error = reads ? copyOutFrom(task, ours, at, count) : copyInTo(task, at, ours, count)
    if (error) {
      fail(task, EFAULT)
      return DONE
    }
    theirs += count
    ours += count
    left -= count
    store<u64>(task + W4, load<u64>(task + W4) + count)
  }
  store<u64>(task + W1, theirs)
  store<u64>(task + W2, ours)
  store<u64>(task + W3, left)
  if (left) return MORE
  answer(task, load<u64>(task + W4) as i64)
  return DONE
}

export function leaseInfo(task: usize): usize {
  const caller = waitingCaller(task, register(task, 0) as u32)
  if (!caller) return fail(task, ESRCH)
  const access = load<u32>(caller + LENT)
  setRegister(task, 1, access)
  setRegister(task, 2, load<u64>(caller + PID))
  return answer(task, access ? (load<u64>(caller + LEASE_LENGTH) as i64) : 0)
}
