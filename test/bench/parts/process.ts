import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { findFreePort } from '../../../src/embedded-postgres/free-port.ts'
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

const READY_MS = 60_000

/** Start it on a free port and wait until it is ready. Its log goes nowhere: writing it, as ever, is part of its work. */
export async function startServer({ args, environment, readyPath }: ServerCommand): Promise<ServerProcess> {
  const port = await findFreePort()
  const child = track(
    spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'], PORT: String(port), ...environment },
      stdio: ['ignore', 'ignore', 'pipe'],
    }),
  )
  let lastWords = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-4_000)
  })
  const ended = once(child, 'exit').then(([code, signal]) => String(code ?? signal))
  const failed = (how: string): Error => new Error(`${args.join(' ')} ended with ${how}\n${lastWords}`)
  const deadline = Date.now() + READY_MS
  while (!(await isReady(`http://127.0.0.1:${port}${readyPath}`))) {
    const how = await Promise.race([ended, pause(20, null)])
    if (how !== null) throw failed(how)
    if (Date.now() > deadline) {
      child.kill('SIGKILL')
      throw failed('no answer')
    }
  }
  return {
    port,
    pids: [child.pid ?? 0],
    stop: async () => {
      child.kill('SIGTERM')
      const how = await ended
      if (how !== '0') throw failed(how)
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

const isReady = async (url: string): Promise<boolean> =>
  fetch(url).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )
