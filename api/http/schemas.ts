/**
 * What goes over the wire, as zod schemas: requests are checked by them, and the OpenAPI document is made from them.
 */
import { z } from '@hono/zod-openapi'
import type { Instance } from '../host/instance.ts'
import { STATES } from '../host/instance.ts'
import { INSTANCE_NAME } from '../host/instances.ts'
import { checkWhole, instanceSpecShape } from '../host/spec.ts'

/** Longest wait. */
export const MAX_WAIT_SECONDS = 300

export const ImageView = z
  .object({
    name: z.string(),
    size: z.int().openapi({ description: 'Bytes' }),
    sha256: z.string().openapi({ description: 'Digest, lower-case hexadecimal' }),
    created: z.iso.datetime(),
  })
  .openapi('Image')

export const ImageList = z.object({ images: z.array(ImageView) }).openapi('ImageList')

export const StateName = z.enum(STATES).openapi('State')

export const NewInstance = z
  .strictObject({
    name: z
      .string()
      .regex(
        INSTANCE_NAME,
        'Must be 1 to 63 lower-case letters, digits and dashes, and start with a letter',
      )
      .optional()
      .openapi({ example: 'builder' }),
    autostart: z.boolean().optional().openapi({
      description:
        'Start it now, and again with the server after the server ended under it. Default false',
    }),
    ...instanceSpecShape,
  })
  .superRefine(({ name: _, autostart: __, ...spec }, context) => checkWhole(spec, context))
  .openapi('NewInstance')

export const InstanceView = z
  .object({
    id: z.uuid(),
    name: z.string().nullable(),
    state: StateName,
    reason: z.string().openapi({
      description:
        'Why it is in this state. Guest: poweroff, reset, halted, semihosting. Host: created, start-requested, started, pause-requested, resume-requested, stop-requested, forced, server-ended. Failures: start-failed, error, killed, crashed',
    }),
    detail: z.string().nullable().openapi({ description: 'More on a failure, for people' }),
    exitStatus: z.int().nullable().openapi({ description: "The guest's, as kenix run has it" }),
    autostart: z.boolean(),
    pid: z.int().nullable().openapi({ description: 'Process on the host, while there is one' }),
    spec: z
      .looseObject({})
      .openapi({ description: 'The machine, with what was left out filled in' }),
    stats: z.looseObject({}).nullable().openapi({ description: 'At most a second old' }),
    consoles: z.array(
      z.object({
        port: z.string(),
        logStart: z.int().openapi({ description: 'Offset of the oldest byte kept' }),
        logEnd: z.int().openapi({ description: 'Bytes written since the instance was made' }),
        viewers: z.int(),
      }),
    ),
    created: z.iso.datetime(),
    changed: z.iso.datetime(),
  })
  .openapi('Instance')

export const InstanceList = z.object({ instances: z.array(InstanceView) }).openapi('InstanceList')

export const StopRequest = z
  .strictObject({
    mode: z.enum(['power-button', 'force']).default('power-button'),
    timeoutSeconds: z.number().min(0).max(MAX_WAIT_SECONDS).default(10).openapi({
      description: 'After this the plug is pulled on a guest that ignores the power button',
    }),
  })
  .openapi('StopRequest')

export const WaitResult = z
  .object({ matched: z.boolean(), instance: InstanceView })
  .openapi('WaitResult')

/** Parameters of a path that names an instance, by id or name. */
export const InstanceParams = z.object({
  id: z.string().max(64).openapi({ description: 'Id or name', example: 'builder' }),
})

/** A query parameter that is a whole number. */
export function wholeNumber(max: number) {
  return z
    .string()
    .regex(/^\d{1,16}$/, 'Must be a whole number')
    .transform(Number)
    .pipe(z.number().max(max))
}

/** What the API shows of an instance. */
export function viewOf(instance: Instance): z.infer<typeof InstanceView> {
  const { spec, ...rest } = instance.record
  return {
    ...rest,
    spec: spec as Record<string, unknown>,
    pid: instance.pid ?? null,
    stats: instance.stats ?? null,
    consoles: [...instance.consoles.values()].map(({ port, log, listeners }) => ({
      port,
      logStart: log.start,
      logEnd: log.end,
      viewers: listeners,
    })),
  }
}
