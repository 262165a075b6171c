import { expect, test } from 'bun:test'
import { TestServer } from './testing.ts'

test('/metrics has the numbers of a running machine, in the text format', async () => {
  await using server = await TestServer.start()
  await server.create('busy')
  await server.act('busy', 'start')
  await server.wait('busy', 'running')
  let text = ''
  while (!text.includes('kenix_instructions_total')) {
    await Bun.sleep(20)
    const response = await server.request('GET', '/metrics')
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    text = await response.text()
  }
  expect(text).toMatch(/^kenix_instructions_total\{instance="[0-9a-f-]{36}",name="busy"\} 42$/m)
  expect(text).toContain('kenix_instances{state="running"} 1')
  expect(text).toEndWith('\n')
})

test('/metrics needs the token that the API needs', async () => {
  await using server = await TestServer.start({ token: 'secret', hostname: '0.0.0.0' })
  expect((await server.request('GET', '/metrics')).status).toBe(401)
  const headers = { authorization: 'Bearer secret' }
  expect((await server.request('GET', '/metrics', undefined, headers)).status).toBe(200)
})

test('/metrics can only be read', async () => {
  await using server = await TestServer.start()
  expect((await server.request('POST', '/metrics', {})).status).toBe(405)
})
