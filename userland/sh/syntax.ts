/** What the shell's parser makes of a command: a tree of nodes of one class, whose fields the kind of node gives meaning. */
import { HereDocument } from './lexer'

export enum Kind {
  /** `words` with `assignments` before them. */
  Simple,
  /** `children` joined by pipes. */
  Pipeline,
  /** `children[0] && children[1]` */
  And,
  Or,
  /** `! children[0]` */
  Not,
  /** `children`, one after the other. */
  Sequence,
  /** `children[0] &` */
  Background,
  /** `children`: condition, body, condition, body ..., and a last body for `else`. */
  If,
  /** `children`: condition, body. */
  While,
  Until,
  /** `words[0]` in the further words do `children[0]`; over the arguments if `implicit`. */
  For,
  /** `words[0]`; each child is an Arm. */
  Case,
  /** `words` are patterns; `children[0]`. */
  Arm,
  /** `{ children[0] }` */
  Group,
  /** `( children[0] )` */
  Subshell,
  /** Function `words[0]` with the body `children[0]`. */
  Function,
}

/** A redirection: operator, descriptor (-1 for the operator's own), and its word or here-document. */
export class Redirect {
  constructor(
    readonly operator: string,
    readonly descriptor: i32,
    readonly word: string,
    readonly document: HereDocument | null,
  ) {}
}

export class Node {
  words: Array<string> = [] as string[]
  assignments: Array<string> = [] as string[]
  redirects: Array<Redirect> = [] as Redirect[]
  children: Array<Node> = [] as Node[]
  /** A `for` without `in`. */
  implicit: bool = false
  /** The command as written, without its redirections: what a subshell is given. */
  text: string = ''

  constructor(readonly kind: Kind) {}

  /** Adds a child and returns the node. */
  with(child: Node): Node {
    this.children.push(child)
    return this
  }
}
