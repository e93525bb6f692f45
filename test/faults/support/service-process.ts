import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { answersOk, ready, startProcess, type StartedProcess } from '../../support/started-process.ts'
import { ACCOUNTS_JSON, API_KEY } from './accounts.ts'
import type { Failpoint, Obeyed, Order } from './remote-control.ts'
import { findStablePort } from './stable-port.ts'

/** The service as a process of its own, `src/server.ts` as it is shipped, on a database of its caller's. */

const SERVER = fileURLToPath(new URL('../../../src/server.ts', import.meta.url))
const REMOTE_CONTROL = new URL('./remote-control.ts', import.meta.url).href

/** Where a service runs; the same place again after every end, as behind a load balancer. */
export interface Place {
  url: string
  port: number
  databaseUrl: string
  directory: string
  settings: Readonly<Record<string, string>>
}

/** It prints warnings and errors alone. */
export interface ServiceProcess extends Pick<Place, 'url'>, Omit<StartedProcess, 'child'> {
  /** Let it end itself at a step. */
  arm: (failpoint: Failpoint) => Promise<void>
  /** Move its wall clock so far from the true time. */
  shiftClock: (ms: number) => Promise<void>
  /** Names of the statements it has sent so far. */
  statements: () => Promise<string[]>
}

export async function createPlace(
  directory: string,
  databaseUrl: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Place> {
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, 'accounts.json'), ACCOUNTS_JSON)
  const port = await findStablePort()
  return { url: `http://127.0.0.1:${port}`, port, databaseUrl, directory, settings }
}

/** Start it and wait until it is ready to serve. */
export async function startService(place: Place): Promise<ServiceProcess> {
  const { child, ...started } = launch(place)
  const { ended } = started
  await ready(started, async () => isReady(place.url))
  const tell = async (order: Order): Promise<Obeyed> => {
    const answer = once(child, 'message').then(([obeyed]: unknown[]) => obeyed as Obeyed)
    child.send(order)
    // It may end before it has answered.
    return Promise.race([answer, ended.then(() => ({ statements: [] }))])
  }
  return {
    ...started,
    url: place.url,
    arm: async (failpoint) => {
      await tell({ order: 'arm', failpoint })
    },
    shiftClock: async (ms) => {
      await tell({ order: 'shift', ms })
    },
    statements: async () => (await tell({ order: 'statements' })).statements,
  }
}

function launch({ port, databaseUrl, directory, settings }: Place): StartedProcess {
  return startProcess(process.execPath, ['--import', REMOTE_CONTROL, SERVER], {
    cwd: directory,
    ipc: true,
    environment: {
      PATH: process.env['PATH'] ?? '',
      // It starts a hundred times.
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(dirname(directory), 'compiled'),
      PORT: String(port),
      DATABASE_URL: databaseUrl,
      DATA_DIRECTORY: directory,
      ACCOUNTS_FILE: join(directory, 'accounts.json'),
      API_KEYS: `all:${API_KEY}`,
      // The sender is many merchants at once.
      API_CALLS_PER_SECOND: '1000000',
      LOG_LEVEL: 'warn',
      ...settings,
    },
  })
}

export const isReady = async (url: string): Promise<boolean> => answersOk(`${url}/health/ready`)

/** End it for good, for `afterAll`. */
export async function endService(service: ServiceProcess | undefined): Promise<void> {
  if (service?.isRunning() !== true) return
  service.signal('SIGKILL')
  await service.ended
}
