/**
 * Back end: opens networks and captures as the command line and `MachineSpec` name them.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { plugIntoHub } from './hub.ts'
import { pcapHeader, pcapRecord } from './pcap.ts'
import { FRAME_BYTES_MAX, NetError, type NetPort } from './port.ts'
import { plugIntoSharedHub } from './shared-hub.ts'
import { StreamPort } from './stream.ts'

/** A network as a spec names it. */
export interface NetworkOptions {
  readonly type: 'none' | 'hub' | 'stream'
  /** Of a hub. */
  readonly name?: string | undefined
  /** Unix socket of a stream. */
  readonly path?: string | undefined
}

/** How this process treats networks. */
export interface NetworkSurroundings {
  /** Hubs are shared with all processes that use this directory; without it they end at this process. */
  readonly sharedHubs?: string | undefined
  readonly onWarning?: (message: string) => void
}

/**
 * Plugs a network in.
 * @returns undefined for `none`.
 * @throws NetError if it can never work; a peer that is not there yet is waited for.
 */
export function openNetwork(
  network: NetworkOptions,
  surroundings: NetworkSurroundings = {},
): NetPort | undefined {
  const { sharedHubs, onWarning } = surroundings
  switch (network.type) {
    case 'none':
      return undefined
    case 'hub': {
      const name = network.name ?? ''
      return sharedHubs === undefined ? plugIntoHub(name) : plugIntoSharedHub(sharedHubs, name)
    }
    case 'stream':
      return new StreamPort({ path: network.path ?? '', ...(onWarning ? { onWarning } : {}) })
  }
}

/** An open capture. `tap` never throws: if the file can't be written any more, the capture ends there. */
export interface Capture {
  readonly tap: (frame: Uint8Array, timeNs: number) => void
  close(): void
}

/**
 * Starts a capture in a file, which is replaced.
 * @throws NetError if the file can't be made.
 */
export function openPcap(path: string, onWarning?: (message: string) => void): Capture {
  let fd: number | undefined
  const stop = () => {
    if (fd !== undefined) closeSync(fd)
    fd = undefined
  }
  try {
    fd = openSync(path, 'w', 0o600)
    writeSync(fd, pcapHeader(FRAME_BYTES_MAX))
  } catch (error) {
    stop()
    throw new NetError(`Cannot write the capture "${path}": ${reasonOf(error)}`)
  }
  return {
    tap(frame, timeNs) {
      if (fd === undefined) return
      try {
        writeSync(fd, pcapRecord(frame, timeNs))
      } catch (error) {
        stop()
        onWarning?.(`The capture "${path}" ends here: ${reasonOf(error)}`)
      }
    },
    close: stop,
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : `${error}`
}
