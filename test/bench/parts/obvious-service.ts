import { fileURLToPath } from 'node:url'
import { SECRETS } from '../messages/accounts.ts'
import { startServer, type ServerProcess } from './process.ts'

const SERVER = fileURLToPath(new URL('../reference/obvious-service.ts', import.meta.url))

/** Reference B as a process of its own. */
export async function startObviousService(options: {
  databaseUrl: string
  scope: 'accept' | 'pipeline'
}): Promise<ServerProcess> {
  return startServer({
    args: [SERVER],
    environment: {
      NODE_ENV: 'production',
      DATABASE_URL: options.databaseUrl,
      SCOPE: options.scope,
      ...SECRETS,
    },
    readyPath: '/ready',
  })
}
