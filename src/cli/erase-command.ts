import { createIdentifiers } from '../card-data/identifiers.ts'
import { withStores } from '../compose/database.ts'
import { createAccountDirectory } from '../config/account-directory.ts'
import { ConfigurationError, type Environment } from '../config/settings.ts'
import { erase, type ErasureReport, type ErasureRequest } from '../inbox/erase/erase.ts'
import { systemClock } from '../lib/clock.ts'
import { newId } from '../lib/new-id.ts'
import { providers } from '../providers/registry.ts'
import { commandActor } from './actor.ts'
import { loadCommandSettings, readAccountsFile } from './accounts-file.ts'
import type { Outcome, Streams } from './command-line.ts'

/** `erase`: removes a person's data; money and digests stay. */
export interface EraseOptions {
  provider: string
  account: string
  order?: string
  customer?: string
  dryRun?: boolean
  accounts?: string
}

/** A line of progress after so many orders or payments. */
const PROGRESS = 100

const NOTHING: ErasureReport = { subjects: 0, events: 0, bodies: 0, pending: 0 }

export async function eraseCommand(
  options: EraseOptions,
  environment: Environment,
  { err }: Streams,
): Promise<Outcome> {
  const request = requestOf(options)
  const { accounts } = readAccountsFile(options.accounts, environment)
  const report = await withStores(loadCommandSettings(environment), async (stores) => {
    const services = {
      ...{ stores, clock: systemClock, newId },
      accounts: createAccountDirectory(accounts, providers),
      identifiers: createIdentifiers(await stores.identifiers.key()),
    }
    let last = NOTHING
    for await (const soFar of erase(services, request)) {
      last = soFar
      if (last.subjects % PROGRESS === 0) err(`${last.subjects} ${NAMES[request.kind]} …`)
    }
    return last
  })
  return {
    ok: report.subjects > 0,
    text: describe(request, report),
    json: { dryRun: request.dryRun, ...report },
  }
}

function requestOf({ provider, account, order, customer, dryRun = false }: EraseOptions): ErasureRequest {
  const about = { provider, account, dryRun, actor: commandActor() }
  if (order !== undefined && customer === undefined) return { ...about, kind: 'order', id: order }
  if (customer !== undefined && order === undefined) return { ...about, kind: 'customer', id: customer }
  throw new ConfigurationError(['say whose data: --order <id>, or --customer <id>'])
}

const NAMES = { order: 'orders', customer: 'payments' } as const

function describe({ kind, id, dryRun }: ErasureRequest, report: ErasureReport): string {
  const { subjects, events, bodies, pending } = report
  if (subjects === 0) return `Nothing is stored of the ${kind} ${id}.`
  const what = `${bodies} bodies, and what ${events} events state of a person, of ${subjects} ${NAMES[kind]}`
  const waiting =
    pending === 0 ? '' : ` ${pending} messages are not processed yet: run it again when they are.`
  return dryRun
    ? `To be erased: ${what}. Nothing was changed.${waiting}`
    : `Erased: ${what}. Money, statuses, digests and the audit log stay.${waiting}`
}
