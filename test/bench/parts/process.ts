import { findFreePort } from '../../../src/embedded-postgres/free-port.ts'
import { answersOk, ready, startProcess } from '../../support/started-process.ts'
import { track } from './children.ts'

/** A server under test as its own process. */
export interface ServerProcess {
  port: number
  /** One, or several that do the work together. */
  pids: readonly number[]
  /** SIGTERM, and wait for its end. Rejects when it ended badly, with its last words. */
  stop(): Promise<void>
}

export interface ServerCommand {
  /** Arguments of node: the file, after its flags. */
  args: readonly string[]
  /** All that it finds in its environment, beside PATH and its PORT. */
  environment: Readonly<Record<string, string>>
  /** Answers 200 once it is ready. */
  readyPath: string
}

/** Start it on a free port and wait until it is ready. Its log goes nowhere: writing it, as ever, is part of its work. */
export async function startServer({ args, environment, readyPath }: ServerCommand): Promise<ServerProcess> {
  const port = await findFreePort()
  const server = startProcess(process.execPath, args, {
    environment: { PATH: process.env['PATH'], PORT: String(port), ...environment },
    printed: 'errors',
  })
  track(server.child)
  await ready(server, async () => answersOk(`http://127.0.0.1:${port}${readyPath}`))
  return {
    port,
    pids: [server.pid],
    stop: async () => {
      server.signal('SIGTERM')
      const how = await server.ended
      if (how !== 0) throw new Error(`${args.join(' ')} ended with ${how}\n${server.output().slice(-4_000)}`)
    },
  }
}

/** Two that do one job: the first one is spoken to. */
export const joined = (front: ServerProcess, ...others: readonly ServerProcess[]): ServerProcess => ({
  port: front.port,
  pids: [front, ...others].flatMap(({ pids }) => pids),
  stop: async () => {
    for (const server of [front, ...others]) await server.stop()
  },
})
