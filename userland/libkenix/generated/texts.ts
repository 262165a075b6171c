/** Texts of the kernel interface. Made by `bun kernel/abi/generate.ts` from the tables in `kernel/abi`: edit those. */
/** What a positive errno means; empty if there is no such. */
export function errorTextOf(value: i32): string {
  switch (value) {
    case 1:
      return 'The handle lacks the right for this'
    case 2:
      return 'No such file or entry'
    case 3:
      return 'The task is gone, or does not wait for this'
    case 4:
      return 'Interrupted'
    case 5:
      return 'Input or output error'
    case 7:
      return 'Arguments or environment too long'
    case 8:
      return 'Not a static AArch64 ELF program'
    case 9:
      return 'No handle in this slot, or of another kind'
    case 10:
      return 'No task to wait for'
    case 11:
      return 'Would have to wait'
    case 12:
      return 'Out of memory, or the limit of the task is reached'
    case 13:
      return 'Access not permitted'
    case 14:
      return 'Bad address'
    case 16:
      return 'In use'
    case 17:
      return 'Exists already'
    case 18:
      return 'On another file system'
    case 19:
      return 'No such device'
    case 20:
      return 'Not a directory'
    case 21:
      return 'Is a directory'
    case 22:
      return 'Invalid argument'
    case 23:
      return 'A table of the kernel or server is full'
    case 24:
      return 'The handle table of the task is full'
    case 25:
      return 'Not a console'
    case 27:
      return 'File too large'
    case 28:
      return 'No space left'
    case 29:
      return 'Cannot seek in this'
    case 30:
      return 'Read-only file system'
    case 32:
      return 'Nobody is left to receive this'
    case 34:
      return 'Out of range'
    case 36:
      return 'Name too long'
    case 38:
      return 'No such call or message'
    case 39:
      return 'Directory not empty'
    case 40:
      return 'Too many levels'
    case 71:
      return 'The other side broke the protocol'
    case 75:
      return 'Value too large'
    case 90:
      return 'Message too long'
    case 110:
      return 'Timed out'
    case 125:
      return 'Cancelled'
    case 130:
      return 'The server died before it replied: the call may be repeated'
  }
  return ''
}
/** What a task in this state does. */
export function stateTextOf(value: i32): string {
  switch (value) {
    case 0:
      return 'slot not in use'
    case 1:
      return 'runs or could run'
    case 2:
      return 'waits for a receiver'
    case 3:
      return 'waits for a receiver, then for the reply'
    case 4:
      return 'waits for a reply'
    case 5:
      return 'waits for a message or notification'
    case 6:
      return 'waits for a notification'
    case 7:
      return 'sleeps'
    case 8:
      return 'waits for a task to end'
    case 9:
      return 'waits for a pipe'
    case 10:
      return 'waits for an interrupt'
    case 11:
      return 'waits for its fault handler to receive the fault'
    case 12:
      return 'is being made by spawn'
    case 13:
      return 'is being taken down'
    case 14:
      return 'has ended; its status can be waited for'
  }
  return ''
}
