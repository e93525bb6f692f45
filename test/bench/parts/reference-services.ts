import { fileURLToPath } from 'node:url'
import { SECRETS } from '../messages/accounts.ts'
import { startServer, type ServerProcess } from './process.ts'

/** What the service is compared with over HTTP, each as a process of its own. */

const fileOf = (name: string): string => fileURLToPath(new URL(`../reference/${name}`, import.meta.url))

/** Reference B. */
export async function startObviousService(options: {
  databaseUrl: string
  scope: 'accept' | 'pipeline'
}): Promise<ServerProcess> {
  return startServer({
    args: [fileOf('obvious-service.ts')],
    environment: {
      NODE_ENV: 'production',
      DATABASE_URL: options.databaseUrl,
      SCOPE: options.scope,
      ...SECRETS,
    },
    readyPath: '/ready',
  })
}

/** The floor, with the heap bounds of the service. */
export const startFloorService = async (heap: readonly string[]): Promise<ServerProcess> =>
  startServer({
    args: [...heap, fileOf('floor-service.ts')],
    environment: { NODE_ENV: 'production' },
    readyPath: '/ready',
  })
