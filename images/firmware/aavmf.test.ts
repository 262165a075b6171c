import { afterAll, describe, expect, test } from 'bun:test'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fetchAavmf } from './aavmf.ts'

const scratch = mkdtempSync(join(tmpdir(), 'kenix-firmware-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

describe('fetchAavmf()', () => {
  test('copies what is installed, once', async () => {
    const root = join(scratch, 'root')
    const cache = join(scratch, 'cache')
    mkdirSync(join(root, 'usr/share/AAVMF'), { recursive: true })
    for (const name of ['CODE', 'VARS']) {
      writeFileSync(join(root, `usr/share/AAVMF/AAVMF_${name}.fd`), name)
    }
    const told: string[] = []
    const firmware = await fetchAavmf((text) => told.push(text), { root, cache })
    expect(readFileSync(firmware.code, 'utf8')).toBe('CODE')
    expect(readFileSync(firmware.vars, 'utf8')).toBe('VARS')
    expect(told).toHaveLength(1)
    rmSync(root, { recursive: true })
    expect(await fetchAavmf((text) => told.push(text), { root, cache })).toEqual(firmware)
    expect(told).toHaveLength(1)
    expect(readdirSync(cache).sort()).toEqual(['AAVMF_CODE.fd', 'AAVMF_VARS.fd'])
  })

  test('says how to get it where it cannot be downloaded, and leaves nothing behind', async () => {
    const cache = join(scratch, 'other')
    await expect(fetchAavmf(undefined, { root: scratch, cache, path: scratch })).rejects.toThrow(
      /qemu-efi-aarch64.*--firmware/,
    )
    expect(readdirSync(cache)).toEqual([])
  })
})
