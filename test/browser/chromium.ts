/**
 * A headless Chromium from Debian, driven by playwright-core, which brings no browser of its own.
 */
import { type Browser, chromium } from 'playwright-core'
import { need } from '../tools/debian.ts'

/** Whether the browser is here; prints why if not. */
export const hasChromium = need('chromium')

/** Starts the browser. It asks nobody but the page's server for anything. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
