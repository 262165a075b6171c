/**
 * Everything behind the API, without HTTP: images, instances and the directory they live in.
 */
import { DefaultInstance, type KenixBuilder } from './default-instance.ts'
import { ImageStore } from './images.ts'
import { Instances } from './instances.ts'
import { openStateDirectory, type StateDirectory } from './state-directory.ts'

export interface HostOptions {
  /** The state directory; made if it does not exist. */
  directory: string
  /** An instance's process: program and arguments. The default is the machine library. */
  command?: readonly string[]
  /** Largest image. */
  maxImageBytes?: number
  /** What builds Kenix for the instance `kenix`; without it there is no such instance by default. */
  kenix?: KenixBuilder | undefined
  /** What must be done before any machine starts, and may take long. */
  prepare?: () => Promise<void>
}

export class Host {
  readonly images: ImageStore
  readonly instances: Instances
  /** The instance that boots Kenix, where the server makes one. */
  readonly kenix: DefaultInstance | undefined
  readonly #state: StateDirectory

  private constructor(options: HostOptions) {
    this.#state = openStateDirectory(options.directory)
    this.images = new ImageStore(this.#state, options.maxImageBytes)
    this.instances = new Instances(this.#state, this.images, options.command)
    this.kenix =
      options.kenix && new DefaultInstance(this.#state, this.images, this.instances, options.kenix)
  }

  /** Opens the state directory, cleans up after an earlier server, and starts what has `autostart`. */
  static async open(options: HostOptions): Promise<Host> {
    const host = new Host(options)
    await host.images.removeLeftovers()
    try {
      host.kenix?.begin()
      await options.prepare?.()
      const wanted = host.instances.recover(host.kenix?.id)
      host.kenix?.recovered(wanted)
      return host
    } catch (error) {
      await host.close()
      throw error
    }
  }

  /** Says whether the store answers. @throws if it does not. */
  check(): void {
    this.#state.database.query('select count(*) from images').get()
  }

  /** Ends every instance, then closes the store. */
  async close(): Promise<void> {
    await this.kenix?.close()
    await this.instances.shutDown()
    this.#state.database.close()
  }
}
