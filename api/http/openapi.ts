/**
 * Writes `docs/openapi.json`, the committed copy of the API's description: `bun api/http/openapi.ts`. A test says when it
 * is out of date.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Host } from '../host/host.ts'
import { createApp } from './app.ts'

/** Where the copy is. */
export const OPENAPI_PATH = join(import.meta.dir, '../../docs/openapi.json')

/** The document. */
export async function openApiDocument(): Promise<unknown> {
  const directory = mkdtempSync(join(tmpdir(), 'kenix-openapi-'))
  const host = await Host.open({ directory })
  try {
    const response = await createApp(host, { hostname: 'localhost' }).request('/openapi.json')
    return await response.json()
  } finally {
    await host.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

if (import.meta.main) {
  await Bun.write(OPENAPI_PATH, JSON.stringify(await openApiDocument()))
  Bun.spawnSync([process.execPath, 'x', 'biome', 'format', '--write', OPENAPI_PATH])
}
