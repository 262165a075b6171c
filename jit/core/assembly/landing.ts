/**
 * Where exceptions and their returns lead: addresses that the interpreter samples as it does targets of branches.
 */

/** An exception or a return from one set PC: what the interpreter begins with next is worth a sample. */
let landed: bool = false

export function noteLanding(): void {
  landed = true
}

/** Whether PC is where an exception or its return led, asked once. */
export function takeLanding(): bool {
  const answer = landed
  landed = false
  return answer
}
