/**
 * What handlers find in their context: Bun's server, absent when a test calls `app.request()` without one.
 */
import type { Server } from 'bun'
import type { SocketData } from './websocket.ts'

export interface AppEnv {
  Bindings: { server?: Server<SocketData> }
}
