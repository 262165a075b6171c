/** The shell's variables, and which of them programs get. */
export class Variables {
  private readonly values: Map<string, string> = new Map<string, string>()
  private readonly exported: Set<string> = new Set<string>()

  get(name: string): string | null {
    return this.values.has(name) ? this.values.get(name) : null
  }

  getOr(name: string, otherwise: string): string {
    return this.values.has(name) ? this.values.get(name) : otherwise
  }

  set(name: string, value: string): void {
    this.values.set(name, value)
  }

  unset(name: string): void {
    this.values.delete(name)
    this.exported.delete(name)
  }

  export(name: string): void {
    this.exported.add(name)
  }

  isExported(name: string): bool {
    return this.exported.has(name)
  }

  /** Names of all variables, sorted. */
  names(): Array<string> {
    const names = this.values.keys()
    names.sort()
    return names
  }

  /** NAME=value of the exported ones. */
  environment(): Array<string> {
    const result: string[] = []
    const names = this.names()
    for (let i = 0; i < names.length; i++) {
      if (this.isExported(names[i])) result.push(`${names[i]}=${this.values.get(names[i])}`)
    }
    return result
  }
}

/** `text` in quotes, so that the shell reads it as one word. */
export function quoteWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
