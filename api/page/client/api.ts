/**
 * The page's requests. A server that needs a token is asked again with the one that the user gives.
 */

export interface InstanceInfo {
  id: string
  name: string | null
  state: string
  reason: string
  detail: string | null
  spec: { cpu?: string; cpus?: number; memory: number }
  stats: { mips?: number } | null
}

export interface ImageInfo {
  name: string
  size: number
}

/** How far the server's own instance is. */
export interface KenixInfo {
  state: 'building' | 'ready' | 'failed' | 'off'
  detail: string | null
  instance: string | null
}

/** A refused request; the message is the problem's detail. */
export class ApiError extends Error {}

const TOKEN_KEY = 'kenix-token'

let askForToken: (() => Promise<string>) | undefined
let asking: Promise<string> | undefined

/** Sets what gets a token from the user. */
export function onTokenNeeded(ask: () => Promise<string>): void {
  askForToken = ask
}

/** The token in use, or null. */
export function token(): string | null {
  return sessionStorage.getItem(TOKEN_KEY)
}

/** Sends a request. @throws ApiError if it is refused. */
export async function request(method: string, path: string, body?: unknown): Promise<Response> {
  for (;;) {
    const headers = new Headers()
    const used = token()
    if (used) headers.set('authorization', `Bearer ${used}`)
    const file = body instanceof Blob
    if (body !== undefined && !file) headers.set('content-type', 'application/json')
    const response = await fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: file ? body : JSON.stringify(body) }),
    })
    if (response.ok) return response
    if (response.status !== 401 || !askForToken) throw new ApiError(await detailOf(response))
    asking ??= askForToken().finally(() => {
      asking = undefined
    })
    sessionStorage.setItem(TOKEN_KEY, await asking)
  }
}

export async function listInstances(): Promise<InstanceInfo[]> {
  const { instances } = await (await request('GET', '/v1/instances')).json()
  return instances
}

export async function getKenix(): Promise<KenixInfo> {
  return await (await request('GET', '/v1/kenix')).json()
}

export async function listImages(): Promise<ImageInfo[]> {
  const { images } = await (await request('GET', '/v1/images')).json()
  return images
}

async function detailOf(response: Response): Promise<string> {
  try {
    const { detail, title } = await response.json()
    return detail ?? title
  } catch {
    return `The server answered ${response.status}`
  }
}
