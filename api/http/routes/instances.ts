/**
 * `/v1/instances`: machines, and what one can do to their state. State calls are idempotent; one that is still under way
 * after a second is answered 202, and `wait` tells when it is done.
 */
import { createRoute, z } from '@hono/zod-openapi'
import type { Host } from '../../host/host.ts'
import { type Instance, STATES, type State } from '../../host/instance.ts'
import { jsonBody } from '../body.ts'
import { problemResponse } from '../problem.ts'
import { createRouter } from '../router.ts'
import {
  InstanceList,
  InstanceParams,
  InstanceView,
  MAX_WAIT_SECONDS,
  NewInstance,
  StopRequest,
  viewOf,
  WaitResult,
  wholeNumber,
} from '../schemas.ts'

const tags = ['instances']
const view = { 'application/json': { schema: InstanceView } }
const notFound = { 404: problemResponse('No such instance') }

/** Seconds a state call waits for its own end. */
const INLINE_SECONDS = 1
const SETTLED: readonly State[] = ['created', 'running', 'paused', 'stopped', 'failed']

const list = createRoute({
  method: 'get',
  path: '/v1/instances',
  tags,
  operationId: 'listInstances',
  summary: 'List instances',
  responses: {
    200: {
      description: 'All, oldest first',
      content: { 'application/json': { schema: InstanceList } },
    },
  },
})

const create = createRoute({
  method: 'post',
  path: '/v1/instances',
  tags,
  operationId: 'createInstance',
  summary: 'Make an instance',
  description:
    'Prerequisites: the images it names exist. Effect: an instance in state `created`, or `starting` with `autostart`. Failure: nothing is made.',
  middleware: jsonBody(),
  request: { body: { required: true, content: { 'application/json': { schema: NewInstance } } } },
  responses: {
    201: { description: 'Made; Location says where it is', content: view },
    400: problemResponse('The body does not fit the schema, or names a missing image'),
    409: problemResponse('The name is taken'),
    413: problemResponse('The body is too large'),
    415: problemResponse('The body is not JSON'),
  },
})

const get = createRoute({
  method: 'get',
  path: '/v1/instances/{id}',
  tags,
  operationId: 'getInstance',
  summary: 'Show an instance',
  request: { params: InstanceParams },
  responses: { 200: { description: 'The instance', content: view }, ...notFound },
})

const remove = createRoute({
  method: 'delete',
  path: '/v1/instances/{id}',
  tags,
  operationId: 'deleteInstance',
  summary: 'Delete an instance with its disk layers, variables and log',
  request: {
    params: InstanceParams,
    query: z.object({
      force: z.enum(['true', 'false']).optional().openapi({ description: 'Stop it if it runs' }),
    }),
  },
  responses: {
    204: { description: 'Deleted' },
    ...notFound,
    409: problemResponse('It runs, and force was not given'),
  },
})

const stop = createRoute({
  method: 'post',
  path: '/v1/instances/{id}/stop',
  tags,
  operationId: 'stopInstance',
  summary: 'Stop an instance',
  description:
    'Prerequisites: none; one that does not run stays as it is. Effect: the power button is pressed (a paused machine is resumed for it), and after the timeout the plug is pulled; mode `force` pulls it at once.',
  middleware: jsonBody(),
  request: {
    params: InstanceParams,
    body: { content: { 'application/json': { schema: StopRequest } } },
  },
  responses: {
    200: { description: 'Stopped', content: view },
    202: { description: 'Stopping', content: view },
    400: problemResponse('The body does not fit the schema'),
    ...notFound,
  },
})

/** A state call without a body. */
function verb<Path extends string>(
  path: Path,
  operationId: string,
  summary: string,
  description: string,
) {
  return createRoute({
    method: 'post',
    path,
    tags,
    operationId,
    summary,
    description,
    request: { params: InstanceParams },
    responses: {
      200: { description: 'Done', content: view },
      202: { description: 'Under way: wait for it', content: view },
      ...notFound,
      409: problemResponse('Not possible in its state; `allowed` lists the states where it is'),
    },
  })
}

const start = verb(
  '/v1/instances/{id}/start',
  'startInstance',
  'Start an instance',
  'Prerequisites: created, stopped or failed. Effect: a machine is made and runs from its reset. Failure: state `failed`, reason `start-failed`, and `detail` says why.',
)
const pause = verb(
  '/v1/instances/{id}/pause',
  'pauseInstance',
  'Hold a machine',
  'Prerequisites: running. Effect: the machine stands still; no time passes for it.',
)
const resume = verb(
  '/v1/instances/{id}/resume',
  'resumeInstance',
  'Let a held machine go on',
  'Prerequisites: paused. Effect: it goes on where it stood.',
)
const reset = verb(
  '/v1/instances/{id}/reset',
  'resetInstance',
  'Press the reset button',
  'Prerequisites: running or paused. Effect: the board starts again from its firmware or kernel; memory is not kept.',
)

const wait = createRoute({
  method: 'get',
  path: '/v1/instances/{id}/wait',
  tags,
  operationId: 'waitForInstance',
  summary: 'Wait until an instance is in a state',
  request: {
    params: InstanceParams,
    query: z.object({
      state: z
        .string()
        .transform((text) => text.split(','))
        .pipe(z.array(z.enum(STATES)).min(1))
        .openapi({
          type: 'string',
          description: 'One or more states, with commas',
          example: 'stopped,failed',
        }),
      timeout: wholeNumber(MAX_WAIT_SECONDS)
        .optional()
        .openapi({
          type: 'integer',
          description: `Seconds, at most ${MAX_WAIT_SECONDS}; default 60`,
        }),
    }),
  },
  responses: {
    200: {
      description: 'In the state (`matched`), or not before the timeout',
      content: { 'application/json': { schema: WaitResult } },
    },
    400: problemResponse('Unknown state, or too long a timeout'),
    ...notFound,
  },
})

/** The routes of instances. */
export function instanceRoutes(host: Host) {
  const app = createRouter()
  const { instances } = host
  app.openapi(list, (c) => c.json({ instances: instances.list().map(viewOf) }, 200))
  app.openapi(create, (c) => {
    const { name, autostart, ...spec } = c.req.valid('json')
    const instance = instances.create({ name, autostart, spec })
    c.header('location', `/v1/instances/${instance.record.id}`)
    return c.json(viewOf(instance), 201)
  })
  app.openapi(get, (c) => c.json(viewOf(instances.get(c.req.valid('param').id)), 200))
  app.openapi(remove, async (c) => {
    await instances.delete(c.req.valid('param').id, c.req.valid('query').force === 'true')
    return c.body(null, 204)
  })
  app.openapi(start, async (c) => {
    const instance = instances.get(c.req.valid('param').id)
    instance.start()
    const status = await settled(instance)
    return c.json(viewOf(instance), status)
  })
  app.openapi(stop, async (c) => {
    const instance = instances.get(c.req.valid('param').id)
    // Without a body the validator leaves an empty object, not the schema's defaults.
    instance.stop(StopRequest.parse(c.req.valid('json')))
    const status = await settled(instance)
    return c.json(viewOf(instance), status)
  })
  for (const [route, act] of [
    [pause, (instance: Instance) => instance.pause()],
    [resume, (instance: Instance) => instance.resume()],
    [reset, (instance: Instance) => instance.reset()],
  ] as const) {
    app.openapi(route, async (c) => {
      const instance = instances.get(c.req.valid('param').id)
      await act(instance)
      return c.json(viewOf(instance), 200)
    })
  }
  app.openapi(wait, async (c) => {
    const instance = instances.get(c.req.valid('param').id)
    const { state, timeout = 60 } = c.req.valid('query')
    c.env?.server?.timeout(c.req.raw, 0)
    const matched = await instance.wait(state, timeout, c.req.raw.signal)
    return c.json({ matched, instance: viewOf(instance) }, 200)
  })
  return app
}

/** 200 if the instance settles soon, else 202. */
async function settled(instance: Instance): Promise<200 | 202> {
  return (await instance.wait(SETTLED, INLINE_SECONDS)) ? 200 : 202
}
