import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { writeDemoAccounts, type DemoAccounts } from './accounts.ts'
import { play, type Performance } from './play.ts'
import { storyOf, tableOf } from './report.ts'
import { scenarios } from './scenarios.ts'
import { startServiceProcess, type ServiceProcess } from './service-process.ts'

/** `npm run demo`: start the service on nothing, play every scenario over HTTP, show what came out, leave nothing behind. */

const HELP = `Usage: npm run demo [-- --keep]

Plays payment notifications of HiPay, Be2bill and Dalenys against a service with a database of its own.
Exits 0 when everything came out as expected, else 1.

  --keep  leave the service running afterwards, until Ctrl-C
  --help  show this text`

interface Cleanup {
  directory: string
  service: Pick<ServiceProcess, 'stop'> | null
  done: Promise<boolean> | null
}

/** Runs once, whoever asks first: the end of the demonstration or a signal. */
function cleanUp(cleanup: Cleanup): Promise<boolean> {
  return (cleanup.done ??= (async () => {
    const orderly = (await cleanup.service?.stop()) ?? true
    await rm(cleanup.directory, { recursive: true, force: true })
    return orderly
  })())
}

function cleanUpOnSignals(cleanup: Cleanup): void {
  for (const [signal, number] of [
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ] as const) {
    process.on(signal, () => {
      const exit = (): never => process.exit(128 + number)
      cleanUp(cleanup).then(exit, exit)
    })
  }
}

function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'receiver-demo-'))
  // Started by root, PostgreSQL runs as another user, who has to get through.
  chmodSync(directory, 0o711)
  return directory
}

async function demonstrate(keep: boolean): Promise<boolean> {
  const cleanup: Cleanup = { directory: makeDirectory(), service: null, done: null }
  cleanUpOnSignals(cleanup)
  let good = false
  try {
    good = await run(cleanup, keep)
  } finally {
    const orderly = await cleanUp(cleanup)
    console.log(
      orderly
        ? 'The service has stopped; nothing is left behind.'
        : 'The service did NOT stop in good order.',
    )
    good &&= orderly
  }
  return good
}

async function run(cleanup: Cleanup, keep: boolean): Promise<boolean> {
  const startedAt = performance.now()
  const accountsFile = join(cleanup.directory, 'accounts.json')
  const accounts = writeDemoAccounts(accountsFile)
  const apiKey = randomBytes(24).toString('base64url')
  console.log('Starting the service with an empty PostgreSQL of its own …')
  const service = await startServiceProcess({
    settings: {
      PORT: '0',
      DATA_DIRECTORY: cleanup.directory,
      ACCOUNTS_FILE: accountsFile,
      API_KEYS: `demo:${apiKey}`,
    },
    onSpawn: (spawned) => {
      cleanup.service = spawned
    },
  })
  console.log(`It answers at ${service.baseUrl} after ${seconds(startedAt)}.`)
  const performances = await playAll(service, apiKey, accounts)
  const good = conclude(performances, startedAt)
  if (keep) await keepRunning(service, apiKey, accounts)
  return good
}

async function playAll(
  service: ServiceProcess,
  apiKey: string,
  accounts: DemoAccounts,
): Promise<Performance[]> {
  const stage = { baseUrl: service.baseUrl, apiKey, accounts }
  const performances: Performance[] = []
  const all = async (): Promise<void> => {
    for (const scenario of scenarios) {
      const played = await play(scenario, stage)
      performances.push(played)
      console.log(`\n${storyOf(played, performances.length)}`)
    }
  }
  const ended = service.ended.then((how) => {
    throw new Error(`The service ended (${how}). Its last lines:\n${service.lastLines()}`)
  })
  await Promise.race([all(), ended]).catch((error: unknown) => {
    throw error instanceof TypeError ? unanswered(service, error) : error
  })
  return performances
}

/** `fetch failed` alone helps nobody. */
const unanswered = (service: ServiceProcess, cause: unknown): Error =>
  new Error(`The service did not answer. Its last lines:\n${service.lastLines()}`, { cause })

function conclude(performances: readonly Performance[], startedAt: number): boolean {
  const different = performances.filter(({ differences }) => differences.length > 0).length
  console.log(`\n${tableOf(performances)}`)
  const verdict = different === 0 ? 'all as expected' : `${different} NOT as expected`
  console.log(`${performances.length} scenarios, ${verdict}, ${seconds(startedAt)} in all.`)
  return different === 0
}

async function keepRunning(service: ServiceProcess, apiKey: string, accounts: DemoAccounts): Promise<void> {
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
  const how = await service.ended
  throw new Error(`The service ended (${how}). Its last lines:\n${service.lastLines()}`)
}

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`

try {
  const { values } = parseArgs({ options: { keep: { type: 'boolean' }, help: { type: 'boolean' } } })
  if (values.help === true) console.log(HELP)
  else process.exitCode = (await demonstrate(values.keep === true)) ? 0 : 1
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
