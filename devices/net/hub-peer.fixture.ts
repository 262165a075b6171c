/**
 * A process on a shared hub: `bun hub-peer.fixture.ts DIRECTORY NAME ID`. It broadcasts ID every 20 ms, and prints `heard N`
 * for each first frame from a peer N.
 */
import { writeSync } from 'node:fs'
import { plugIntoSharedHub } from './shared-hub.ts'

const [directory, name, id] = process.argv.slice(2)
const port = plugIntoSharedHub(directory!, name!)
const heard = new Set<number>()
port.onFrame = (frame) => {
  const peer = frame[14]!
  if (heard.has(peer)) return
  heard.add(peer)
  writeSync(1, `heard ${peer}\n`)
}
const frame = new Uint8Array(60)
frame.fill(0xff, 0, 6)
frame.set([0x52, 0x54, 0, 0, 0, Number(id)], 6)
frame[14] = Number(id)
setInterval(() => port.send(frame), 20)
