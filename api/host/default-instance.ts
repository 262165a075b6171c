/**
 * The instance `kenix`, which every server has from its first start until somebody deletes it: it boots the Kenix of this
 * repo. Building takes long the first time, so that is done by a process beside the server; until it is done the instance
 * does not exist, and a server that was started again holds it back, as its sources may have changed.
 *
 * The kernel is an image of the store like any other, `kenix-` and the start of its digest, so a change of the sources is
 * another image, which takes the place of the old one; the instance's disk stays.
 */
import type { ImageStore } from './images.ts'
import type { Instances } from './instances.ts'
import { type InstanceSpec, instanceSpec } from './spec.ts'
import { remember, type StateDirectory, setting } from './state-directory.ts'

/** What a build gives: the kernel as an `Image`, and what its disk holds at first. */
export interface KenixFiles {
  image: Uint8Array<ArrayBuffer>
  disk: Uint8Array<ArrayBuffer>
}

/**
 * Builds Kenix, or finds it built.
 * @param tell called with what is being done, for people.
 * @param signal ends it early.
 */
export type KenixBuilder = (
  tell: (text: string) => void,
  signal: AbortSignal,
) => Promise<KenixFiles>

export interface KenixStatus {
  /** `off`: there is no such instance, as it was deleted, or the server was told not to make it. */
  state: 'building' | 'ready' | 'failed' | 'off'
  /** What is being done, or what went wrong. */
  detail: string | null
  /** The instance's id. */
  instance: string | null
}

export const KENIX_NAME = 'kenix'
const DISK_NAME = 'kenix-disk'
const KERNEL_NAME = /^kenix-[0-9a-f]{12}$/
const SETTING = 'kenix-instance'

/** The machine that Kenix gets. */
const machineWith = (kernel: string): InstanceSpec =>
  instanceSpec({
    cpu: 'cortex-a72',
    memory: '256M',
    boot: { kernel },
    disks: [{ image: DISK_NAME }],
    networks: [{ type: 'hub', name: KENIX_NAME }],
  })

export class DefaultInstance {
  #status: Omit<KenixStatus, 'instance'> = { state: 'off', detail: null }
  readonly #stop = new AbortController()
  readonly #recovered = Promise.withResolvers<boolean>()
  #done: Promise<void> = Promise.resolve()

  constructor(
    readonly state: StateDirectory,
    readonly images: ImageStore,
    readonly instances: Instances,
    readonly build: KenixBuilder,
  ) {}

  /** The instance's id, if it was made once. It may have been deleted since. */
  get id(): string | undefined {
    return setting(this.state, SETTING)
  }

  get status(): KenixStatus {
    const { id } = this
    return { ...this.#status, instance: id !== undefined && this.#exists(id) ? id : null }
  }

  /** Begins to build Kenix, unless the instance was deleted. Returns at once; the rest waits for `recovered`. */
  begin(): void {
    const { id } = this
    if (id !== undefined && !this.#exists(id)) return
    this.#status = { state: 'building', detail: 'Looking for what has changed' }
    this.#done = this.#run()
  }

  /**
   * Says that instances may be made and started.
   * @param wanted whether the instance is to be started, if it exists already.
   */
  recovered(wanted: boolean): void {
    this.#recovered.resolve(wanted)
  }

  /** Ends a build that is under way. */
  async close(): Promise<void> {
    this.#stop.abort()
    this.#recovered.resolve(false)
    await this.#done
  }

  async #run(): Promise<void> {
    try {
      const tell = (detail: string) => {
        this.#status = { state: 'building', detail }
      }
      const files = await this.build(tell, this.#stop.signal)
      await this.#recovered.promise
      if (!this.#stop.signal.aborted) await this.#place(files)
      this.#status = { state: 'ready', detail: null }
    } catch (error) {
      if (this.#stop.signal.aborted) return
      const detail = `Cannot build Kenix: ${(error as Error).message}`
      this.#status = { state: 'failed', detail }
      process.stderr.write(`${detail}\n`)
    }
    const wanted = await this.#recovered.promise
    // The Kenix of yesterday is better than none.
    if (wanted && !this.#stop.signal.aborted) this.#start()
  }

  #start(): void {
    const { id } = this
    if (id !== undefined && this.#exists(id) && this.instances.get(id).inactive) {
      this.instances.get(id).start()
    }
  }

  /** Stores what was built, and makes or updates the instance. */
  async #place({ image, disk }: KenixFiles): Promise<void> {
    const kernel = `kenix-${new Bun.CryptoHasher('sha256').update(image).digest('hex').slice(0, 12)}`
    await this.images.put(kernel, new Blob([image]).stream())
    const { id } = this
    if (id === undefined) await this.#make(kernel, disk)
    else if (this.#exists(id)) this.#update(id, kernel)
    await this.#removeOldKernels()
  }

  async #make(kernel: string, disk: Uint8Array<ArrayBuffer>): Promise<void> {
    const taken = this.instances.list().find(({ record }) => record.name === KENIX_NAME)
    if (taken) {
      // Somebody's own; it stays as it is.
      remember(this.state, SETTING, taken.record.id)
      return
    }
    if (!this.images.list().some(({ name }) => name === DISK_NAME)) {
      await this.images.put(DISK_NAME, new Blob([disk]).stream())
    }
    const instance = this.instances.create({
      name: KENIX_NAME,
      autostart: true,
      spec: machineWith(kernel),
    })
    remember(this.state, SETTING, instance.record.id)
  }

  #update(id: string, kernel: string): void {
    const { boot } = this.instances.get(id).record.spec as InstanceSpec
    const ours = boot.kernel !== undefined && KERNEL_NAME.test(boot.kernel)
    if (ours && boot.kernel !== kernel) this.instances.setKernel(id, kernel)
  }

  async #removeOldKernels(): Promise<void> {
    for (const { name } of this.images.list()) {
      const old = KERNEL_NAME.test(name) && this.images.users(name).length === 0
      if (old) await this.images.delete(name)
    }
  }

  #exists(id: string): boolean {
    const row = this.state.database.query('select id from instances where id = ?').get(id)
    return row !== null
  }
}
