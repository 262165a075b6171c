/**
 * What an instance is made of: a `MachineSpec` in which every file is an image of the store, by name. Host paths are
 * never taken from the API: the host chooses where layers and variables live.
 */
import { randomInt } from 'node:crypto'
import { constants, copyFile, mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from '@hono/zod-openapi'
import type { MachineConfig } from '../../devices/config.ts'
import { MachineSpec, parseSpec } from '../../devices/spec.ts'
import { IMAGE_NAME } from './images.ts'

/** What an image may be called, as a schema. */
export const ImageName = z
  .string()
  .regex(
    IMAGE_NAME,
    'Must be 1 to 128 letters, digits, dots, underscores and dashes, and start with a letter or digit',
  )
  .openapi({ description: 'Name of an image', example: 'debian-kernel' })

const { boot, networks: _, disks: __, ...machine } = MachineSpec.shape
const { cmdline } = boot.shape

const Boot = z.strictObject({
  firmware: ImageName.optional(),
  vars: ImageName.optional().openapi({
    description: 'Image of the variables that firmware starts with; the instance gets its own copy',
  }),
  kernel: ImageName.optional(),
  initrd: ImageName.optional(),
  cmdline,
  dtb: ImageName.optional(),
})

const Disk = z.strictObject({
  image: ImageName,
  readonly: z.boolean().optional().openapi({
    description: 'Otherwise writes go to a layer of the instance; the image stays as it is',
  }),
})

const Network = z.strictObject({
  type: z.enum(['none', 'hub']),
  name: MachineSpec.shape.networks
    .unwrap()
    .element.shape.name.describe(
      'Machines with the same name are on one Ethernet switch, those of kenix run, too',
    ),
  mac: MachineSpec.shape.networks.unwrap().element.shape.mac.meta({
    description: 'Default: made from the seed',
    // The schema's own expression has a flag, for which JSON Schema has no room.
    pattern: '^[0-9A-Fa-f][02468ACEace](:[0-9A-Fa-f]{2}){5}$',
  }),
})

/** The fields of `InstanceSpec`, for requests that have more. */
export const instanceSpecShape = {
  ...machine,
  boot: Boot,
  disks: z.array(Disk).default([]),
  networks: z.array(Network).default([]),
  clock: z.enum(['realtime', 'virtual']).default('realtime'),
  seed: machine.seed.unwrap().optional().describe('Default: a random one, kept'),
}

const InstanceSpecObject = z.strictObject(instanceSpecShape)

/** A checked instance: nothing is left out but `seed`, which `withSeed` adds. */
export type InstanceSpec = z.output<typeof InstanceSpecObject>

/** An instance of our own making. What is left out is as in a request. */
export function instanceSpec(spec: z.input<typeof InstanceSpecObject>): InstanceSpec {
  return InstanceSpecObject.parse(spec)
}

/** Adds the issues that only the whole of a spec can have: those of `MachineSpec`, with names for paths. */
export function checkWhole(spec: InstanceSpec, context: z.RefinementCtx): void {
  const result = MachineSpec.safeParse(machineSpecOf(spec, (name) => name))
  for (const { path, message } of result.error?.issues ?? []) {
    context.addIssue({ code: 'custom', path: [...path], message })
  }
}

/** The same instance at every start: chooses what was left to chance. */
export function withSeed(spec: InstanceSpec): InstanceSpec {
  return { ...spec, seed: spec.seed ?? randomInt(2 ** 47) }
}

/** Images that a spec names, and where it does. */
export function imagesOf({ boot, disks }: InstanceSpec): { name: string; pointer: string }[] {
  const { cmdline: _, ...files } = boot
  const named = Object.entries(files).map(([key, name]) => ({ name, pointer: `/boot/${key}` }))
  const drives = disks.map(({ image }, n) => ({ name: image, pointer: `/disks/${n}/image` }))
  return [...named, ...drives].flatMap(({ name, pointer }) =>
    name === undefined ? [] : [{ name, pointer }],
  )
}

/** Where an instance's files are. */
export interface Places {
  /** The instance's own directory. */
  directory: string
  imagePath(name: string): string
}

/**
 * Prepares an instance's files and makes the machine's description.
 * @throws HostError if an image is missing, SpecError if the spec no longer fits.
 */
export async function resolveSpec(spec: InstanceSpec, places: Places): Promise<MachineConfig> {
  await mkdir(places.directory, { recursive: true })
  const resolved = machineSpecOf(spec, places.imagePath)
  const { firmware, vars } = spec.boot
  const ownVars = join(places.directory, 'vars')
  if (vars !== undefined) await ownCopy(places.imagePath(vars), ownVars)
  // Firmware without variables of its own starts with an empty bank; the machine makes the file.
  if (firmware !== undefined || vars !== undefined) resolved.boot.vars = ownVars
  const disks = resolved.disks.map((disk, n) =>
    disk.readonly ? disk : { ...disk, overlay: join(places.directory, `disk${n}.overlay`) },
  )
  return parseSpec({ ...resolved, disks })
}

/** A spec of the machine library; image names become `path(name)`. */
function machineSpecOf(spec: InstanceSpec, path: (name: string) => string) {
  const { cmdline, ...files } = spec.boot
  const paths = Object.fromEntries(
    Object.entries(files).flatMap(([key, name]) => (name === undefined ? [] : [[key, path(name)]])),
  )
  return {
    ...spec,
    boot: { ...paths, ...(cmdline === undefined ? {} : { cmdline }) } as typeof spec.boot,
    disks: spec.disks.map(({ image, readonly }) => ({ file: path(image), readonly })),
  }
}

/** Copies a file once; later calls find the copy. A copy that a crash cut short never counts. */
async function ownCopy(from: string, to: string): Promise<void> {
  const there = await stat(to).catch(() => undefined)
  if (there) return
  await copyFile(from, `${to}.new`, constants.COPYFILE_FICLONE)
  await rename(`${to}.new`, to)
}
