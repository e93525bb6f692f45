import type { Bench } from '../bench.ts'
import { startFloorService, startObviousService } from '../parts/reference-services.ts'
import { joined, type ServerProcess } from '../parts/process.ts'
import { HEAP, startService } from '../parts/service.ts'
import type { HttpContender } from './http-run.ts'

/** Who is measured over HTTP: the product in one of its roles, reference B writing the same rows, and the floor. */

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
    keeps: true,
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
    keeps: true,
    processes,
    piles: processes,
  }
}

export function obviousService(scope: 'accept' | 'pipeline'): HttpContender {
  return {
    name: 'B: one Prisma transaction per request',
    start: async (databaseUrl) => startObviousService({ databaseUrl, scope }),
    keeps: true,
    processes: scope === 'pipeline',
    piles: false,
  }
}

/** Raw body, one digest, OK: no message is verified or kept. */
export const floor: HttpContender = {
  name: 'floor',
  start: async () => startFloorService(HEAP),
  keeps: false,
  processes: false,
  piles: false,
}
