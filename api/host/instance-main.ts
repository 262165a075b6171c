/**
 * The program of an instance's process: the machine library behind `runner.ts`. Started by the server, with the
 * server's process id as its argument.
 */
import { createMachineEngine } from './engine-machine.ts'
import { dieWithParent } from './parent-death.ts'
import { serveInstance } from './runner.ts'

dieWithParent(Number(process.argv[2]))
await serveInstance(createMachineEngine)
