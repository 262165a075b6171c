/**
 * What an instance is made of: a `MachineSpec` in which every file is an image of the store, by name. Host paths are
 * never taken from the API: the host chooses where layers, variables and sockets live.
 */
import { z } from '@hono/zod-openapi'
import { IMAGE_NAME } from './images.ts'
export const InstanceSpec = z.strictObject({
  board: z.string().optional(),
  cpu: z.string().optional(),
  cpus: z.number().int().min(1).max(8).optional(),
  memory: z.string().optional(),
  boot: z.strictObject({ kernel: z.string().regex(IMAGE_NAME).optional() }).optional(),
  disks: z
    .array(
      z.strictObject({ image: z.string().regex(IMAGE_NAME), readonly: z.boolean().optional() }),
    )
    .optional(),
  networks: z.array(z.any()).optional(),
})
export type InstanceSpec = z.infer<typeof InstanceSpec>
export function imagesOf(spec: InstanceSpec): { name: string; pointer: string }[] {
  const out: { name: string; pointer: string }[] = []
  if (spec.boot?.kernel) out.push({ name: spec.boot.kernel, pointer: '/boot/kernel' })
  for (const [i, d] of (spec.disks ?? []).entries())
    out.push({ name: d.image, pointer: `/disks/${i}/image` })
  return out
}
export async function resolveSpec(
  spec: InstanceSpec,
  _: { directory: string; imagePath(n: string): string; switchPath(n: string): string },
): Promise<unknown> {
  return spec
}
