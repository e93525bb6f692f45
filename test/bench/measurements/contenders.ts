import type { Bench } from '../bench.ts'
import { startObviousService } from '../parts/obvious-service.ts'
import { joined, type ServerProcess } from '../parts/process.ts'
import { startService } from '../parts/service.ts'
import type { HttpContender } from './http-run.ts'

/** Who is measured: the product in one of its roles, and reference B writing the same rows. */

export const receiverOnly = (bench: Bench): HttpContender => product(bench, 'receiver')

export const wholeService = (bench: Bench): HttpContender => product(bench, 'all')

/** The product in two processes, receiving and processing apart. */
export function receiverAndWorker({ accountsFile, options }: Bench): HttpContender {
  const start = async (databaseUrl: string, role: 'receiver' | 'worker'): Promise<ServerProcess> =>
    startService({ databaseUrl, role, accountsFile, profileTo: options.profile })
  return {
    name: 'receiver + worker',
    start: async (databaseUrl) =>
      joined(await start(databaseUrl, 'receiver'), await start(databaseUrl, 'worker')),
    processes: true,
    piles: true,
  }
}

function product({ accountsFile, options }: Bench, role: 'all' | 'receiver'): HttpContender {
  const processes = role === 'all'
  return {
    name: 'service',
    start: async (databaseUrl) =>
      startService({ databaseUrl, role, accountsFile, profileTo: options.profile }),
    processes,
    piles: processes,
  }
}

export function obviousService(scope: 'accept' | 'pipeline'): HttpContender {
  return {
    name: 'B: one Prisma transaction per request',
    start: async (databaseUrl) => startObviousService({ databaseUrl, scope }),
    processes: scope === 'pipeline',
    piles: false,
  }
}
