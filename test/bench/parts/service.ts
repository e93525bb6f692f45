import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { SECRETS } from '../messages/accounts.ts'
import { startServer, type ServerProcess } from './process.ts'

/** The product as its users run it: production settings and its own defaults for everything else, the log level included. */
const SERVER = fileURLToPath(new URL('../../../src/server.ts', import.meta.url))

/** Bounds of V8's heap, from the script that users start it by. */
export const HEAP = readScripts()
  .start.split(' ')
  .filter((word) => word.startsWith('--max-'))

function readScripts(): { start: string } {
  const file = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { scripts: { start: string } }).scripts
}

export const API_KEY = 'bench-key-of-twenty-four-characters'

export interface ServiceOptions {
  databaseUrl: string
  role: 'all' | 'receiver' | 'worker'
  accountsFile: string
  /** Write a CPU profile of the process there when it ends. */
  profileTo?: string | undefined
}

export async function startService(options: ServiceOptions): Promise<ServerProcess> {
  const { databaseUrl, role, accountsFile, profileTo } = options
  return startServer({
    args: [
      ...HEAP,
      ...(profileTo === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileTo}`]),
      SERVER,
    ],
    environment: {
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      ROLE: role,
      ACCOUNTS_FILE: accountsFile,
      API_KEYS: `bench:${API_KEY}`,
      ...SECRETS,
    },
    readyPath: '/health/ready',
  })
}
