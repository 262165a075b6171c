/**
 * The page while the server builds Kenix and afterwards, with a fake build and the fake guest of `api/host/testing`.
 */
import { describe, expect, test } from 'bun:test'
import type { KenixFiles } from '../../api/host/default-instance.ts'
import { TestServer } from '../../api/http/testing.ts'
import { hasChromium, launchChromium } from './chromium.ts'

const TIMEOUT = 30_000

describe.skipIf(!hasChromium)('the page of a server that builds Kenix', () => {
  test(
    'says how far the build is, then shows the console by itself',
    async () => {
      const { promise, resolve } = Promise.withResolvers<KenixFiles>()
      await using server = await TestServer.start({
        kenix: (tell) => {
          tell('Built program ls (3 of 40)')
          return promise
        },
      })
      const browser = await launchChromium()
      try {
        const page = await browser.newPage()
        await page.goto(server.url)
        await page.getByText('Building Kenix: Built program ls (3 of 40)').waitFor()
        const bytes = new TextEncoder().encode('kernel')
        resolve({ image: bytes, disk: bytes })
        await page.locator('.xterm-rows', { hasText: 'fake guest' }).waitFor()
        expect(page.url()).toEndWith('#kenix')
        await page.keyboard.type('hello\n')
        await page.locator('.xterm-rows', { hasText: 'you said hello' }).waitFor()
      } finally {
        await browser.close()
      }
    },
    TIMEOUT,
  )

  test(
    'says why the build failed',
    async () => {
      await using server = await TestServer.start({
        kenix: () => Promise.reject(new Error('ls does not compile')),
      })
      const browser = await launchChromium()
      try {
        const page = await browser.newPage()
        await page.goto(server.url)
        await page.getByText('Cannot build Kenix: ls does not compile').waitFor()
        await page.getByRole('button', { name: 'New machine' }).click()
      } finally {
        await browser.close()
      }
    },
    TIMEOUT,
  )
})
