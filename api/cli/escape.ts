/**
 * The escape key of a serial terminal, as QEMU's `-nographic` has it: Ctrl-A, then a letter. Ctrl-A twice types one.
 */

const CTRL_A = 1
const X = 'x'.charCodeAt(0)

export interface EscapeActions {
  /** Bytes for the guest. */
  type(bytes: Uint8Array): void
  /** Ctrl-A x. */
  quit(): void
  /** Ctrl-A h, or an unknown letter. */
  help(): void
}

/** Filters what is typed. The two keys may arrive in different chunks. */
export class EscapeFilter {
  #escaped = false

  constructor(readonly actions: EscapeActions) {}

  /** Takes typed bytes. */
  push(chunk: Uint8Array): void {
    const out: number[] = []
    for (const byte of chunk) {
      if (!this.#escaped) {
        if (byte === CTRL_A) this.#escaped = true
        else out.push(byte)
        continue
      }
      this.#escaped = false
      if (byte === CTRL_A) out.push(CTRL_A)
      else if ((byte | 0x20) === X) {
        if (out.length > 0) this.actions.type(new Uint8Array(out))
        this.actions.quit()
        return
      } else this.actions.help()
    }
    if (out.length > 0) this.actions.type(new Uint8Array(out))
  }
}
