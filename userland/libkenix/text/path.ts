/**
 * Paths: names separated by `/`. There is no kernel notion of a working directory: libkenix makes every path absolute
 * before it asks a server. `.` and `..` are resolved as text, which is exact while no file system here has links.
 */

/** The absolute path, without `.`, `..` and needless slashes, that `path` means in `directory`. */
export function resolvePath(directory: string, path: string): string {
  const whole = path.startsWith('/') ? path : `${directory}/${path}`
  const parts = whole.split('/')
  const kept: string[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]
    if (part === '' || part === '.') continue
    if (part === '..') {
      if (kept.length > 0) kept.pop()
    } else kept.push(part)
  }
  return `/${kept.join('/')}`
}

/** `name` in `directory`, with one slash between. */
export function joinPath(directory: string, name: string): string {
  if (directory === '') return name
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`
}

/** The last name in `path`: "c" of "/a/b/c" and of "/a/b/c/"; "/" of "/". */
export function baseName(path: string): string {
  const text = trimSlashes(path)
  return text === '/' ? text : text.substring(text.lastIndexOf('/') + 1)
}

/** What comes before the last name: "/a/b" of "/a/b/c", "." of "c", "/" of "/c". */
export function directoryName(path: string): string {
  const text = trimSlashes(path)
  const slash = text.lastIndexOf('/')
  if (slash < 0) return '.'
  return slash === 0 ? '/' : trimSlashes(text.substring(0, slash))
}

function trimSlashes(path: string): string {
  let end = path.length
  while (end > 1 && path.charCodeAt(end - 1) === 0x2f) end--
  return path.substring(0, end)
}
