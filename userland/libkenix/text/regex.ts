/**
 * Regular expressions without back-references: `.`, `*`, `+`, `?`, `|`, `( )`, `[a-z]`, `[^a-z]`, `^`, `$`, and `\` before a
 * character that stands for itself (`\n`, `\t` are newline and tab). Which of several matches is found is not told, only
 * whether there is one.
 *
 * Compiled to a small machine that follows all alternatives at once (K. Thompson, "Regular Expression Search Algorithm",
 * 1968), so time is bounded by the lengths of expression and text multiplied.
 */

enum Op {
  /** One character, `a`. */
  Char,
  Any,
  /** One of set `a`. */
  Set,
  /** Go on at `a` and at `b`. */
  Split,
  Jump,
  Start,
  End,
  Match,
}

const MAX_LENGTH: i32 = 1000
const MAX_DEPTH: i32 = 50

/** Characters between two others, in pairs. */
class Ranges {
  bounds: Array<i32> = [] as i32[]
  negated: bool = false

  has(c: i32): bool {
    for (let i = 0; i < this.bounds.length; i += 2) {
      if (c >= this.bounds[i] && c <= this.bounds[i + 1]) return !this.negated
    }
    return this.negated
  }
}

export class Regex {
  /** What is wrong with the expression, or empty. */
  error: string = ''
  private ops: Array<i32> = [] as i32[]
  private a: Array<i32> = [] as i32[]
  private b: Array<i32> = [] as i32[]
  private readonly sets: Array<Ranges> = [] as Ranges[]
  private at: i32 = 0
  private depth: i32 = 0
  private current: Array<i32> = [] as i32[]
  private following: Array<i32> = [] as i32[]
  private marks: StaticArray<i32> = new StaticArray<i32>(0)
  private mark: i32 = 0

  constructor(
    private readonly source: string,
    private readonly ignoreCase: bool = false,
  ) {
    if (source.length > MAX_LENGTH) {
      this.error = `the expression is longer than ${MAX_LENGTH} characters`
    } else {
      this.alternatives()
      if (this.error === '' && this.at < this.source.length) this.error = '")" without "("'
    }
    this.emit(Op.Match, 0, 0)
    this.marks = new StaticArray<i32>(this.ops.length)
  }

  /** True if some part of `text` matches. */
  matches(text: string): bool {
    this.current = [] as i32[]
    for (let i = 0; i <= text.length; i++) {
      this.mark++
      this.following = [] as i32[]
      // What was reached before, and a new beginning here.
      for (let k = 0; k < this.current.length; k++) {
        if (this.follow(this.current[k], i, text.length)) return true
      }
      if (this.follow(0, i, text.length)) return true
      if (i === text.length) return false
      const c = this.fold(text.charCodeAt(i))
      this.current = [] as i32[]
      for (let k = 0; k < this.following.length; k++) {
        if (this.accepts(this.following[k], c)) this.current.push(this.following[k] + 1)
      }
    }
    return false
  }

  private fold(c: i32): i32 {
    return this.ignoreCase && c >= 0x41 && c <= 0x5a ? c | 0x20 : c
  }

  private accepts(at: i32, c: i32): bool {
    const op = this.ops[at]
    if (op === Op.Char) return this.a[at] === c
    if (op === Op.Any) return true
    const ranges = this.sets[this.a[at]]
    const upper = this.ignoreCase && c >= 0x61 && c <= 0x7a
    return ranges.has(c) || (upper && !ranges.negated && ranges.has(c & ~0x20))
  }

  /** Adds all instructions that take a character and are reached from `from`; true if the end is. */
  private follow(from: i32, position: i32, length: i32): bool {
    const open: Array<i32> = [from]
    while (open.length > 0) {
      const at = open.pop()
      if (this.marks[at] === this.mark) continue
      this.marks[at] = this.mark
      switch (this.ops[at]) {
        case Op.Match:
          return true
        case Op.Jump:
          open.push(this.a[at])
          break
        case Op.Split:
          open.push(this.b[at])
          open.push(this.a[at])
          break
        case Op.Start:
          if (position === 0) open.push(at + 1)
          break
        case Op.End:
          if (position === length) open.push(at + 1)
          break
        default:
          this.following.push(at)
      }
    }
    return false
  }

  // The compiler: each function appends the code of what it reads.

  private emit(op: Op, a: i32, b: i32): i32 {
    this.ops.push(op)
    this.a.push(a)
    this.b.push(b)
    return this.ops.length - 1
  }

  /** Makes room for an instruction at `at`: code behind it moves, and with it the targets in it. */
  private insert(at: i32, op: Op, a: i32, b: i32): void {
    this.emit(Op.Match, 0, 0)
    for (let i = this.ops.length - 1; i > at; i--) {
      this.ops[i] = this.ops[i - 1]
      this.a[i] = this.a[i - 1]
      this.b[i] = this.b[i - 1]
    }
    for (let i = at + 1; i < this.ops.length; i++) {
      if (this.ops[i] !== Op.Split && this.ops[i] !== Op.Jump) continue
      if (this.a[i] >= at) this.a[i]++
      if (this.b[i] >= at) this.b[i]++
    }
    this.ops[at] = op
    this.a[at] = a
    this.b[at] = b
  }

  private peek(): i32 {
    return this.at < this.source.length ? this.source.charCodeAt(this.at) : -1
  }

  private alternatives(): void {
    if (++this.depth > MAX_DEPTH) this.error = 'parentheses are nested too deep'
    const start = this.ops.length
    this.sequence()
    while (this.error === '' && this.peek() === 0x7c) {
      this.at++
      this.insert(start, Op.Split, start + 1, this.ops.length + 2)
      const jump = this.emit(Op.Jump, 0, 0)
      this.alternatives()
      this.a[jump] = this.ops.length
    }
    this.depth--
  }

  private sequence(): void {
    while (this.error === '') {
      const c = this.peek()
      if (c < 0 || c === 0x7c || c === 0x29) return
      const start = this.ops.length
      this.atom(c)
      const repeat = this.peek()
      if (repeat === 0x2a) {
        this.insert(start, Op.Split, start + 1, this.ops.length + 2)
        this.emit(Op.Jump, start, 0)
        this.at++
      } else if (repeat === 0x2b) {
        this.emit(Op.Split, start, this.ops.length + 1)
        this.at++
      } else if (repeat === 0x3f) {
        this.insert(start, Op.Split, start + 1, this.ops.length + 1)
        this.at++
      }
    }
  }

  private atom(c: i32): void {
    this.at++
    switch (c) {
      case 0x2e:
        this.emit(Op.Any, 0, 0)
        return
      case 0x5e:
        this.emit(Op.Start, 0, 0)
        return
      case 0x24:
        this.emit(Op.End, 0, 0)
        return
      case 0x5b:
        this.set()
        return
      case 0x28:
        this.alternatives()
        if (this.error === '' && this.peek() !== 0x29) this.error = '"(" without ")"'
        this.at++
        return
      case 0x2a:
      case 0x2b:
      case 0x3f:
        this.error = `nothing before "${String.fromCharCode(c)}" to repeat`
        return
    }
    this.emit(Op.Char, this.fold(c === 0x5c ? this.escaped() : c), 0)
  }

  private escaped(): i32 {
    const c = this.peek()
    if (c < 0) {
      this.error = 'a backslash at the end'
      return 0
    }
    this.at++
    if (c === 0x6e) return 10
    return c === 0x74 ? 9 : c
  }

  private set(): void {
    const ranges = new Ranges()
    if (this.peek() === 0x5e) {
      ranges.negated = true
      this.at++
    }
    let first = true
    while (this.peek() !== 0x5d || first) {
      first = false
      const low = this.member()
      let high = low
      const after = this.at + 1 < this.source.length ? this.source.charCodeAt(this.at + 1) : -1
      if (this.peek() === 0x2d && after >= 0 && after !== 0x5d) {
        this.at++
        high = this.member()
      }
      if (this.error !== '') return
      ranges.bounds.push(low)
      ranges.bounds.push(high)
    }
    this.at++
    this.sets.push(ranges)
    this.emit(Op.Set, this.sets.length - 1, 0)
  }

  private member(): i32 {
    const c = this.peek()
    if (c < 0) {
      this.error = '"[" without "]"'
      return 0
    }
    this.at++
    return c === 0x5c ? this.escaped() : c
  }
}
