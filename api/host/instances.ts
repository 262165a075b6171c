/**
 * All instances of a server: their rows, their directories, their processes. After a restart it tells the truth: what
 * ran is `stopped`, reason `server-ended`, and what has `autostart` starts again.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { HostError } from './errors.ts'
import type { ImageStore } from './images.ts'
import { Instance, type InstanceRecord, type State } from './instance.ts'
import { type InstanceSpec, imagesOf, resolveSpec, withSeed } from './spec.ts'
import type { StateDirectory } from './state-directory.ts'

/** What an instance may be called: a DNS label, so that it can be a host name one day. */
export const INSTANCE_NAME = /^[a-z][a-z0-9-]{0,62}$/

interface InstanceRow {
  id: string
  name: string | null
  spec: string
  autostart: number
  state: State
  reason: string
  detail: string | null
  exit_status: number | null
  created: string
  changed: string
}

export interface NewInstance {
  name?: string | undefined
  autostart?: boolean | undefined
  spec: InstanceSpec
}

const ACTIVE: readonly State[] = ['starting', 'running', 'paused', 'stopping']

const DEFAULT_COMMAND = [process.execPath, join(import.meta.dir, 'instance-main.ts')]

export class Instances {
  readonly #all = new Map<string, Instance>()

  constructor(
    readonly state: StateDirectory,
    readonly images: ImageStore,
    readonly command: readonly string[] = DEFAULT_COMMAND,
  ) {}

  /**
   * Reads what an earlier server left, and starts what has `autostart`. Called once, before anything else.
   * @param held id of an instance that is not started, as something must be done first.
   * @returns whether that one is to be started.
   */
  recover(held?: string): boolean {
    const rows = this.state.database
      .query<InstanceRow, []>('select * from instances order by created, id')
      .all()
    this.#removeLeftovers(new Set(rows.map(({ id }) => id)))
    const changed = new Date().toISOString()
    for (const row of rows) {
      const record = recordOf(row)
      if (!ACTIVE.includes(record.state)) {
        this.#add(record)
        continue
      }
      // Who had asked for a stop got it, and does not want a start.
      const reason = record.state === 'stopping' ? 'forced' : 'server-ended'
      const ended = { ...record, state: 'stopped' as const, reason, detail: null, changed }
      this.#save(ended)
      this.#add(ended)
    }
    let wanted = false
    for (const instance of this.#all.values()) {
      const { id, autostart, state, reason } = instance.record
      if (!autostart || state !== 'stopped' || reason !== 'server-ended') continue
      if (id === held) wanted = true
      else instance.start()
    }
    return wanted
  }

  list(): Instance[] {
    return [...this.#all.values()]
  }

  /** The instance with this id or name. @throws HostError `not-found`. */
  get(key: string): Instance {
    const found = this.#all.get(key) ?? this.list().find(({ record }) => record.name === key)
    if (found) return found
    throw new HostError(
      'not-found',
      `There is no instance "${key}". GET /v1/instances lists them; POST /v1/instances makes one`,
    )
  }

  /**
   * Makes an instance, and starts it if it has `autostart`.
   * @throws HostError `exists` if the name is taken, `invalid` if an image does not exist.
   */
  create({ name, autostart = false, spec }: NewInstance): Instance {
    const used = imagesOf(spec)
    for (const { name: image, pointer } of used) this.#requireImage(image, pointer)
    if (name !== undefined && this.list().some(({ record }) => record.name === name)) {
      throw new HostError(
        'exists',
        `Cannot make instance "${name}": there is one of that name. Choose another, or leave it out`,
      )
    }
    const now = new Date().toISOString()
    const record: InstanceRecord = {
      id: randomUUID(),
      name: name ?? null,
      spec: withSeed(spec),
      autostart,
      state: 'created',
      reason: 'created',
      detail: null,
      exitStatus: null,
      created: now,
      changed: now,
    }
    this.#insert(record, new Set(used.map((image) => image.name)))
    const instance = this.#add(record)
    if (autostart) instance.start()
    return instance
  }

  /**
   * Lets an instance boot another kernel from its next start on. Its disks and its log stay.
   * @throws HostError `not-found` if there is no such image or instance.
   */
  setKernel(key: string, kernel: string): void {
    const instance = this.get(key)
    const { id, spec: old } = instance.record
    this.images.get(kernel)
    const spec = old as InstanceSpec
    const changed: InstanceSpec = { ...spec, boot: { ...spec.boot, kernel } }
    const { database } = this.state
    database.transaction(() => {
      database.run('update instances set spec = ? where id = ?', [JSON.stringify(changed), id])
      database.run('delete from uses where instance = ?', [id])
      for (const image of new Set(imagesOf(changed).map(({ name }) => name))) {
        database.run('insert into uses (instance, image) values (?, ?)', [id, image])
      }
    })()
    instance.spec = changed
  }

  /**
   * Deletes an instance with its disks' layers, variables and log.
   * @throws HostError `wrong-state` while it runs, unless `force`.
   */
  async delete(key: string, force: boolean): Promise<void> {
    const instance = this.get(key)
    const { id, state } = instance.record
    if (!instance.inactive) {
      if (!force) {
        throw new HostError(
          'wrong-state',
          `Cannot delete instance "${key}": it is ${state}. Stop it first, or use ?force=true`,
          { state, allowed: ['created', 'stopped', 'failed'] },
        )
      }
    }
    // Somebody may start it again meanwhile.
    while (!instance.inactive) {
      instance.stop({ mode: 'force', timeoutSeconds: 0 })
      await instance.wait(['stopped', 'failed'], 30)
    }
    if (!this.#all.delete(id)) return
    instance.dispose()
    this.state.database.run('delete from instances where id = ?', [id])
    await rm(this.#directory(id), { recursive: true, force: true })
  }

  /** Ends every process; resolves when all disks are flushed. */
  async shutDown(): Promise<void> {
    await Promise.all(this.list().map((instance) => instance.shutDown()))
  }

  /** Removes directories of instances that a crash left half deleted. */
  #removeLeftovers(known: ReadonlySet<string>): void {
    for (const name of readdirSync(this.state.instances)) {
      if (!known.has(name)) rmSync(this.#directory(name), { recursive: true, force: true })
    }
  }

  #requireImage(name: string, pointer: string): void {
    try {
      this.images.get(name)
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      throw new HostError('invalid', `Cannot make the instance: ${error.message}`, {
        errors: [{ pointer, detail: `There is no image "${name}"` }],
      })
    }
  }

  #directory(id: string): string {
    return join(this.state.instances, id)
  }

  #add(record: InstanceRecord): Instance {
    const directory = this.#directory(record.id)
    const instance: Instance = new Instance(record, {
      command: this.command,
      directory,
      resolve: () =>
        resolveSpec(instance.record.spec as InstanceSpec, {
          directory,
          imagePath: (name) => this.images.path(name),
        }),
      explain: (message) => this.#explain(message, instance.record, directory),
      save: (changed) => this.#save(changed),
    })
    this.#all.set(record.id, instance)
    return instance
  }

  #explain(message: string, { spec }: InstanceRecord, directory: string): string {
    let explained = message.replaceAll(`${directory}/`, '')
    for (const { name } of imagesOf(spec as InstanceSpec)) {
      explained = explained.replaceAll(this.images.path(name), name)
    }
    return explained
  }

  #insert(record: InstanceRecord, used: Set<string>): void {
    const { database } = this.state
    database.transaction(() => {
      database.run(
        `insert into instances (id, name, spec, autostart, state, reason, created, changed)
         values (?, ?, ?, ?, ?, ?, ?, ?)`,
        [
          record.id,
          record.name,
          JSON.stringify(record.spec),
          record.autostart ? 1 : 0,
          record.state,
          record.reason,
          record.created,
          record.changed,
        ],
      )
      for (const image of used) {
        database.run('insert into uses (instance, image) values (?, ?)', [record.id, image])
      }
    })()
  }

  /** On a full disk only memory knows the change: machines must end, and can be stopped, all the same. */
  #save(record: InstanceRecord): void {
    try {
      this.state.database.run(
        'update instances set state = ?, reason = ?, detail = ?, exit_status = ?, changed = ? where id = ?',
        [record.state, record.reason, record.detail, record.exitStatus, record.changed, record.id],
      )
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_FULL') throw error
      process.stderr.write(
        `Cannot store that instance "${record.name}" is ${record.state}: the state directory's disk is full\n`,
      )
    }
  }
}

function recordOf(row: InstanceRow): InstanceRecord {
  const { exit_status: exitStatus, ...rest } = row
  return { ...rest, spec: JSON.parse(row.spec), autostart: row.autostart === 1, exitStatus }
}
