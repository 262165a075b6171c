/**
 * The page in a real browser, with the fake guest of `api/host/testing`: what is tested is the page, the protocol and
 * their errors, not a machine. `KENIX_SCREENSHOTS=DIR` keeps pictures for people to look at.
 */
import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { TestServer } from '../../api/http/testing.ts'
import { hasChromium, launchChromium } from './chromium.ts'

const TIMEOUT = 30_000

describe.skipIf(!hasChromium)('the page in Chromium', () => {
  let server: TestServer
  let browser: Browser
  const faults: string[] = []

  beforeAll(async () => {
    server = await TestServer.start()
    browser = await launchChromium()
    await server.request('PUT', '/v1/images/debian-kernel', new Uint8Array(3 << 20))
    await server.request('PUT', '/v1/images/u-boot.bin', new Uint8Array(800 << 10))
  }, TIMEOUT)

  afterAll(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
  }, TIMEOUT)

  async function open(path = '/', options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, ...options })
    page.on('pageerror', (error) => faults.push(String(error)))
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text())
    })
    page.on('dialog', (dialog) => dialog.accept())
    await page.goto(server.url + path)
    return page
  }

  async function picture(page: Page, name: string): Promise<void> {
    const directory = process.env['KENIX_SCREENSHOTS']
    if (directory) await page.screenshot({ path: join(directory, `${name}.png`) })
  }

  async function until(page: Page, text: string): Promise<void> {
    await page.locator('.xterm-rows', { hasText: text }).waitFor()
  }

  test(
    'a machine is made with the form, typed at, stopped, started and deleted',
    async () => {
      const page = await open()
      await page.getByText('None yet').waitFor()
      await picture(page, 'empty')
      await page.getByRole('button', { name: 'New machine' }).click()
      await page.locator('[name=name]').fill('builder')
      await page.locator('[name=kernel]').selectOption('debian-kernel')
      await page.locator('[name=cpus]').fill('2')
      await picture(page, 'form')
      await page.getByRole('button', { name: 'Create' }).click()
      await until(page, 'fake guest with 2 cpu')
      await page.locator('#console .badge[data-state=running]').waitFor()
      await page.keyboard.type('hello\n')
      await until(page, 'you said hello')
      await picture(page, 'console')
      await page.locator('#console').getByRole('button', { name: 'Stop' }).click()
      await page.locator('#console .badge[data-state=stopped]').waitFor()
      await until(page, 'power button')
      await page.locator('#console').getByRole('button', { name: 'Start' }).click()
      await page.locator('#console .badge[data-state=running]').waitFor()
      await page.locator('#console').getByRole('button', { name: 'Stop' }).click()
      await page.locator('#console .badge[data-state=stopped]').waitFor()
      await page.locator('#console').getByRole('button', { name: 'Delete' }).click()
      await page.getByText('None yet').waitFor()
      expect(faults).toEqual([])
      await page.close()
    },
    TIMEOUT,
  )

  test(
    'a terminal does not answer queries in the past, but answers live ones',
    async () => {
      const boot = { kernel: 'debian-kernel' }
      await server.request('POST', '/v1/instances', { name: 'asker', boot, autostart: true })
      await server.request('GET', '/v1/instances/asker/wait?state=running&timeout=10')
      const log = async () =>
        (await server.request('GET', '/v1/instances/asker/consoles/console/log')).text()
      const console = server.host.instances.get('asker').consoles.get('console')!
      // "Where is the cursor?": an answer, typed at the guest, comes back as an echo.
      const query = new TextEncoder().encode('\x1b[6n')
      console.append(query)
      const page = await open('/#asker')
      await until(page, 'fake guest')
      await Bun.sleep(300)
      expect(await log()).not.toContain('R')
      console.append(query)
      while (!/\[\d+;\d+R/.test(await log())) await Bun.sleep(20)
      await page.close()
      await server.request('DELETE', '/v1/instances/asker?force=true')
    },
    TIMEOUT,
  )

  test(
    'a wrong form shows what is wrong, and a failed start why',
    async () => {
      const page = await open()
      await page.getByRole('button', { name: 'New machine' }).click()
      await page.getByRole('button', { name: 'Create' }).click()
      await page.getByText('nothing to boot').waitFor()
      await page.locator('[name=name]').fill('too-big')
      await page.locator('[name=kernel]').selectOption('debian-kernel')
      await page.locator('[name=memory]').selectOption('3G')
      await page.getByRole('button', { name: 'Create' }).click()
      await page.getByText('The fake guest never starts with 3G').waitFor()
      await page.locator('.badge[data-state=failed]').first().waitFor()
      await server.request('DELETE', '/v1/instances/too-big')
      await page.close()
    },
    TIMEOUT,
  )

  test(
    'much output arrives whole and in order, on a small dark screen',
    async () => {
      const boot = { kernel: 'debian-kernel' }
      await server.request('POST', '/v1/instances', { name: 'flooder', boot, autostart: true })
      const page = await open('/#flooder', {
        viewport: { width: 390, height: 800 },
        colorScheme: 'dark',
      })
      await until(page, 'fake>')
      await page.locator('#terminal').click()
      await page.keyboard.type('flood 3000000\n')
      await until(page, 'flooded')
      await page.keyboard.type('still here\n')
      await until(page, 'you said still')
      await picture(page, 'small')
      await page.close()
      await server.request('DELETE', '/v1/instances/flooder?force=true')
    },
    TIMEOUT,
  )

  test(
    'the API page works without a network',
    async () => {
      faults.length = 0
      const page = await open('/docs')
      await page.getByText('Make an instance').waitFor()
      await picture(page, 'docs')
      expect(faults).toEqual([])
      await page.close()
    },
    TIMEOUT,
  )
})

describe.skipIf(!hasChromium)('the page of a server with a token', () => {
  test(
    'asks for the token, and uses it for requests and consoles',
    async () => {
      const token = 'sixteen-letters-or-more'
      await using server = await TestServer.start({ token })
      const authorization = `Bearer ${token}`
      await server.request('PUT', '/v1/images/kernel', 'x', { authorization })
      const spec = { name: 'guarded', boot: { kernel: 'kernel' }, autostart: true }
      await server.request('POST', '/v1/instances', spec, { authorization })
      const browser = await launchChromium()
      const page = await browser.newPage()
      await page.goto(server.url)
      await page.getByLabel('Token').fill('not-the-right-token')
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.getByLabel('Token').fill(token)
      await page.getByRole('button', { name: 'Continue' }).click()
      await page.locator('.xterm-rows', { hasText: 'fake guest' }).waitFor()
      await browser.close()
    },
    TIMEOUT,
  )
})
