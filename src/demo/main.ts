import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeDemoAccounts, type DemoAccounts } from './accounts.ts'
import { cleanUp, cleanUpOnSignals, openRemains, type Remains } from './cleanup.ts'
import { play, type Played } from './play.ts'
import { storyOf, tableOf } from './report.ts'
import { scenarios } from './scenarios.ts'
import { playedExamples } from './scenarios/examples.ts'
import { startServiceProcess, type ServiceProcess } from './service-process.ts'

/** `npm run demo`: start the service on nothing, play every scenario over HTTP, show what came out, leave nothing behind. */

const HELP = `Usage: npm run demo [-- --keep]

Plays payment notifications of HiPay, Be2bill and Dalenys against a service with a database of its own.
Exits 0 when everything came out as expected, else 1.

  --keep  leave the service running afterwards, until Ctrl-C
  --help  show this text`

async function demonstrate(remains: Remains, keep: boolean): Promise<boolean> {
  let good = false
  try {
    good = await run(remains, keep)
  } finally {
    const orderly = await cleanUp(remains)
    if (!remains.interrupted) console.log(orderly ? STOPPED : NOT_STOPPED)
    good &&= orderly
  }
  return good
}

const STOPPED = 'The service has stopped; nothing is left behind.'
const NOT_STOPPED = 'The service did NOT stop in good order.'

async function run(remains: Remains, keep: boolean): Promise<boolean> {
  const startedAt = performance.now()
  const accountsFile = join(remains.directory, 'accounts.json')
  const accounts = writeDemoAccounts(accountsFile, playedExamples)
  const apiKey = randomBytes(24).toString('base64url')
  console.log('Starting the service with an empty PostgreSQL of its own …')
  const service = await startServiceProcess({
    settings: {
      PORT: '0',
      DATA_DIRECTORY: remains.directory,
      ACCOUNTS_FILE: accountsFile,
      API_KEYS: `demo:${apiKey}`,
      // A missing notification is noticed while the viewer watches.
      SWEEP_INTERVAL: '1s',
    },
    onSpawn: (spawned) => {
      remains.service = spawned
    },
  })
  console.log(`It answers at ${service.baseUrl} after ${seconds(startedAt)}.`)
  const all = await playAll(service, apiKey, accounts)
  const good = conclude(all, startedAt)
  if (keep) {
    remains.exitCode = good ? 0 : 1
    printAddresses(service, apiKey, accounts)
    throw endedEarly(service, await service.ended)
  }
  return good
}

async function playAll(service: ServiceProcess, apiKey: string, accounts: DemoAccounts): Promise<Played[]> {
  const played: Played[] = []
  const playing = async (): Promise<void> => {
    for (const scenario of scenarios) {
      const one = await play(scenario, { baseUrl: service.baseUrl, apiKey, accounts })
      played.push(one)
      console.log(`\n${storyOf(one, played.length)}`)
    }
  }
  const ended = service.ended.then((how) => {
    throw endedEarly(service, how)
  })
  await Promise.race([playing(), ended]).catch((error: unknown) => {
    throw error instanceof TypeError ? unanswered(service, error) : error
  })
  return played
}

const endedEarly = (service: ServiceProcess, how: string): Error =>
  new Error(`The service ended (${how}). Its last lines:\n${service.lastLines()}`)

/** `fetch failed` alone does not help the viewer. */
const unanswered = (service: ServiceProcess, cause: unknown): Error =>
  new Error(`The service did not answer. Its last lines:\n${service.lastLines()}`, { cause })

function conclude(all: readonly Played[], startedAt: number): boolean {
  const different = all.filter(({ differences }) => differences.length > 0).length
  console.log(`\n${tableOf(all)}`)
  const verdict = different === 0 ? 'all as expected' : `${different} NOT as expected`
  console.log(`${all.length} scenarios, ${verdict}, ${seconds(startedAt)} in all.`)
  return different === 0
}

function printAddresses(service: ServiceProcess, apiKey: string, accounts: DemoAccounts): void {
  const lines = [
    '',
    'Still running; Ctrl-C stops it and removes its data.',
    ...[...accounts.values()].map(
      ({ provider, account }) =>
        `  NOTIFICATION_URL  ${service.baseUrl}/notifications/${provider}/${account}`,
    ),
    `  API reference     ${service.baseUrl}/docs`,
    `  API key           ${apiKey}`,
    ...(service.psql === null ? [] : [`  psql              ${service.psql}`]),
  ]
  console.log(lines.join('\n'))
}

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { keep: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help === true) {
    console.log(HELP)
    return 0
  }
  const remains = openRemains()
  cleanUpOnSignals(remains)
  return demonstrate(remains, values.keep === true).then(
    (good) => (good ? 0 : 1),
    (error: unknown) => {
      if (!remains.interrupted) throw error
      return 1
    },
  )
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
