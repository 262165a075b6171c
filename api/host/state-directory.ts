/**
 * The directory that holds everything a server remembers: `kenix.sqlite`, `images/`, `instances/<id>/`. One server uses
 * it at a time; SQLite's exclusive lock says so, and ends with the process.
 */
import { Database } from 'bun:sqlite'
import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { HostError } from './errors.ts'

/** What each version of the schema adds to the one before it. */
const SCHEMAS = [
  `
create table images (
  name text primary key, size integer not null, sha256 text not null, file text not null unique,
  created text not null
) strict;
create table instances (
  id text primary key, name text unique, spec text not null, autostart integer not null,
  state text not null, reason text not null, detail text, exit_status integer,
  created text not null, changed text not null
) strict;
create table uses (
  instance text not null references instances(id) on delete cascade,
  image text not null references images(name),
  primary key (instance, image)
) strict;
`,
  `
create table settings (key text primary key, value text not null) strict;
`,
]

export interface StateDirectory {
  path: string
  images: string
  instances: string
  database: Database
}

/**
 * Opens the directory, making it if needed, readable by its owner only.
 * @throws HostError if another server has it open, or a newer one wrote it.
 */
export function openStateDirectory(path: string): StateDirectory {
  const images = join(path, 'images')
  const instances = join(path, 'instances')
  mkdirSync(images, { recursive: true })
  mkdirSync(instances, { recursive: true })
  chmodSync(path, 0o700)
  const database = new Database(join(path, 'kenix.sqlite'), { create: true, strict: true })
  try {
    database.run('pragma locking_mode = exclusive')
    database.run('pragma journal_mode = wal')
    database.run('pragma synchronous = full')
    database.run('pragma foreign_keys = on')
    migrate(database, path)
  } catch (error) {
    database.close()
    if (error instanceof HostError) throw error
    throw new HostError(
      'unavailable',
      `Cannot open the state directory "${path}": ${(error as Error).message}. If another server uses it, stop that one or give this one its own with --state DIR`,
    )
  }
  return { path, images, instances, database }
}

function migrate(database: Database, path: string): void {
  const version = database.query<{ user_version: number }, []>('pragma user_version').get()
  const found = version?.user_version ?? 0
  if (found > SCHEMAS.length) {
    throw new HostError(
      'unavailable',
      `The state directory "${path}" was written by a newer version (schema ${found}, this one knows ${SCHEMAS.length})`,
    )
  }
  // The transaction takes the exclusive lock even when nothing is to be changed.
  database
    .transaction(() => {
      for (const schema of SCHEMAS.slice(found)) {
        for (const statement of schema.split(';\n')) if (statement.trim()) database.run(statement)
      }
      database.run(`pragma user_version = ${SCHEMAS.length}`)
    })
    .immediate()
}

/** What was remembered under a key, or undefined. */
export function setting(state: StateDirectory, key: string): string | undefined {
  const row = state.database
    .query<{ value: string }, [string]>('select value from settings where key = ?')
    .get(key)
  return row?.value
}

/** Remembers a value. */
export function remember(state: StateDirectory, key: string, value: string): void {
  state.database.run('insert or replace into settings (key, value) values (?, ?)', [key, value])
}
