/**
 * The tables of ktest: cases, each with an id in sel4test's style and a line that says what it protects, and roles, which are what
 * other tasks play in a case. Both are run by this same program (`main.ts`).
 */

/** Runs in a task of its own; returning means that it passed, `check.ts` ends it otherwise. */
export type Body = () => void

/** What a task that a case started does; the result is its exit code. */
export type Role = () => i32

export class Case {
  constructor(
    /** Three capitals and four digits. */
    readonly id: string,
    readonly title: string,
    readonly body: Body,
  ) {}
}

export const cases: Case[] = []

const roleNames: string[] = []
const roleFunctions: Role[] = []

/** Adds a case; they are run in the order in which they are added. */
export function test(id: string, title: string, body: Body): void {
  cases.push(new Case(id, title, body))
}

/** Adds a role. */
export function role(name: string, play: Role): void {
  roleNames.push(name)
  roleFunctions.push(play)
}

/** The case of an id, or null. */
export function findCase(id: string): Case | null {
  for (let i = 0; i < cases.length; i++) if (cases[i].id === id) return cases[i]
  return null
}

/** The role of a name, or null. */
export function findRole(name: string): Role | null {
  const at = roleNames.indexOf(name)
  return at < 0 ? null : roleFunctions[at]
}
