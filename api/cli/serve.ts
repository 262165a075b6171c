/**
 * `kenix serve`: the HTTP API.
 */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { Host } from '../host/host.ts'
import { kenixBuilder } from '../host/kenix-builder.ts'
import { isLoopback, TOKEN } from '../http/guard.ts'
import { serve } from '../http/server.ts'
import { buildCoreNoticeably } from './notice.ts'
import { type Command, type Option, parseOptions, UsageError, type Values } from './options.ts'

const OPTIONS: readonly Option[] = [
  { name: 'host', value: 'ADDRESS', help: 'address to listen on (default 127.0.0.1)' },
  { name: 'port', value: 'PORT', help: 'port to listen on, 0 for any free one (default 8080)' },
  {
    name: 'state',
    value: 'DIR',
    help: 'where images and instances live (default ~/.local/state/kenix)',
  },
  { name: 'token-file', value: 'FILE', help: 'file with the token that requests need' },
  {
    name: 'token',
    value: 'TOKEN',
    help: 'the token itself (seen by other users: prefer the file or $KENIX_TOKEN)',
  },
  { name: 'no-kenix', help: 'neither build Kenix nor make the instance kenix' },
  { name: 'allow-host', value: 'NAME', help: 'a further name this server is known by', many: true },
]

/** The command `serve`. */
export const serveCommand: Command = {
  summary: 'Serve the HTTP API and its page. Ends, with all machines, at SIGINT or SIGTERM.',
  options: OPTIONS,
  notes:
    'On anything but a loopback address a token is needed: 16 or more letters, digits and . _ ~ + -\nFor example: openssl rand -hex 24 > token && bun kenix serve --host 0.0.0.0 --token-file token',
  async run(args) {
    const values = parseOptions(args, OPTIONS)
    const hostname = values.get('host') ?? '127.0.0.1'
    const token = tokenOf(values)
    if (token === undefined && !isLoopback(hostname)) {
      throw new UsageError(
        `Cannot listen on "${hostname}" without a token: others could use your machines. Give --token-file FILE, or listen on 127.0.0.1`,
      )
    }
    const port = values.integer('port', 0, 65535) ?? 8080
    const directory = resolve(values.get('state') ?? defaultState())
    const kenix = values.has('no-kenix') ? undefined : kenixBuilder()
    const host = await Host.open({
      directory,
      kenix,
      // Otherwise the first instances would each build it, and seem not to start.
      prepare: buildCoreNoticeably,
    })
    let server: ReturnType<typeof serve> | undefined
    try {
      server = listen(host, { hostname, port, token, allowedHosts: values.all('allow-host') })
      process.stdout.write(welcome(server.url, directory, token !== undefined))
      await asked()
      process.stderr.write('Stopping machines ...\n')
      return 0
    } finally {
      void server?.stop()
      // Machines go first: their viewers are told, and would keep the server open otherwise.
      await host.close()
      await server?.stop(true)
    }
  },
}

function listen(host: Host, options: Parameters<typeof serve>[1]): ReturnType<typeof serve> {
  try {
    return serve(host, options)
  } catch (error) {
    throw new Error(
      `Cannot listen on ${options.hostname} port ${options.port}: ${(error as Error).message}. Choose another with --port, or --port 0 for any free one`,
    )
  }
}

/** Resolves at the first signal to end. A second one ends the process at once. */
function asked(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => resolve())
    }
  })
}

function tokenOf(values: Values): string | undefined {
  const file = values.get('token-file')
  let token = values.get('token') ?? process.env['KENIX_TOKEN']
  if (file !== undefined) {
    try {
      token = readFileSync(file, 'utf8').trim()
    } catch (error) {
      throw new UsageError(`Cannot read --token-file "${file}": ${(error as Error).message}`)
    }
  }
  if (token !== undefined && !TOKEN.test(token)) {
    throw new UsageError(
      'Cannot use this token: it must be 16 to 256 letters, digits and . _ ~ + -, for example of openssl rand -hex 24',
    )
  }
  return token
}

function defaultState(): string {
  const base = process.env['XDG_STATE_HOME'] || join(homedir(), '.local/state')
  return join(base, 'kenix')
}

function welcome(url: URL, directory: string, token: boolean): string {
  const auth = token ? " -H 'Authorization: Bearer TOKEN'" : ''
  return `Kenix serves on ${url}
  open it in a browser for the console of the machine "kenix", built now if its sources changed, or
  curl${auth} ${url}v1/instances
  API: ${url}docs   Guide: docs/api.md   State: ${directory}
`
}
