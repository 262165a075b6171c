/**
 * Keys from the bytes a terminal sends: control characters, printable bytes, and the escape sequences of ECMA-48 as xterm
 * and VT220 use them for cursor and editing keys. An unknown sequence is swallowed whole, so that it leaves no rubbish in
 * the line.
 */

/** What a byte completed. Values below 256 are bytes to insert. */
export enum Key {
  None = 256,
  Enter,
  Backspace,
  Delete,
  Left,
  Right,
  Up,
  Down,
  Home,
  End,
  WordLeft,
  WordRight,
  KillWordLeft,
  KillWordRight,
  KillLeft,
  KillRight,
  Yank,
  Clear,
  Interrupt,
  EndOfFile,
}

enum State {
  Ground,
  Escape,
  Csi,
  Ss3,
}

/** Reads one byte at a time. */
export class KeyDecoder {
  private state: State = State.Ground
  private parameter: i32 = 0
  private modifier: i32 = 0
  private afterReturn: bool = false

  /** The key that `byte` completes, or Key.None. */
  feed(byte: u8): i32 {
    if (this.state === State.Escape) return this.escape(byte)
    if (this.state === State.Csi) return this.csi(byte)
    if (this.state === State.Ss3) {
      this.state = State.Ground
      return cursor(byte, false)
    }
    return this.ground(byte)
  }

  private ground(byte: u8): i32 {
    // A terminal sends CR; a pasted or piped line may end in CR LF, which is one end of line.
    const afterReturn = this.afterReturn
    this.afterReturn = false
    switch (byte) {
      case 0x01:
        return Key.Home
      case 0x02:
        return Key.Left
      case 0x03:
        return Key.Interrupt
      case 0x04:
        return Key.EndOfFile
      case 0x05:
        return Key.End
      case 0x06:
        return Key.Right
      case 0x08:
      case 0x7f:
        return Key.Backspace
      case 0x0a:
        return afterReturn ? Key.None : Key.Enter
      case 0x0b:
        return Key.KillRight
      case 0x0c:
        return Key.Clear
      case 0x0d:
        this.afterReturn = true
        return Key.Enter
      case 0x0e:
        return Key.Down
      case 0x10:
        return Key.Up
      case 0x15:
        return Key.KillLeft
      case 0x17:
        return Key.KillWordLeft
      case 0x19:
        return Key.Yank
      case 0x1b:
        this.state = State.Escape
        return Key.None
    }
    // A tab is a character of the line; other control characters mean nothing here.
    return byte >= 0x20 || byte === 0x09 ? byte : Key.None
  }

  private escape(byte: u8): i32 {
    this.state = State.Ground
    switch (byte) {
      case 0x5b:
        this.state = State.Csi
        this.parameter = 0
        this.modifier = 0
        return Key.None
      case 0x4f:
        this.state = State.Ss3
        return Key.None
      case 0x1b:
        this.state = State.Escape
        return Key.None
      case 0x62:
        return Key.WordLeft
      case 0x66:
        return Key.WordRight
      case 0x64:
        return Key.KillWordRight
      case 0x08:
      case 0x7f:
        return Key.KillWordLeft
    }
    return Key.None
  }

  private csi(byte: u8): i32 {
    if (byte >= 0x30 && byte <= 0x39) {
      this.modifier = min(this.modifier * 10 + byte - 0x30, 999)
      return Key.None
    }
    if (byte === 0x3b) {
      this.parameter = this.modifier
      this.modifier = 0
      return Key.None
    }
    if (byte < 0x40) return Key.None
    this.state = State.Ground
    if (byte !== 0x7e) return cursor(byte, this.parameter !== 0 && this.modifier >= 3)
    const number = this.parameter !== 0 ? this.parameter : this.modifier
    if (number === 1 || number === 7) return Key.Home
    if (number === 4 || number === 8) return Key.End
    return number === 3 ? Key.Delete : Key.None
  }
}

/** A cursor key by the last letter of its sequence; `word` if Alt or Control is held. */
function cursor(letter: u8, word: bool): i32 {
  switch (letter) {
    case 0x41:
      return Key.Up
    case 0x42:
      return Key.Down
    case 0x43:
      return word ? Key.WordRight : Key.Right
    case 0x44:
      return word ? Key.WordLeft : Key.Left
    case 0x46:
      return Key.End
    case 0x48:
      return Key.Home
  }
  return Key.None
}
