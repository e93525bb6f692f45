import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compose, type Service } from './compose.ts'
import { miswrittenSecrets } from './config/accounts.ts'
import { readAccounts, loadConfiguration, type Configuration } from './config/settings-and-accounts.ts'
import { migrateDatabase, openDatabase, type Database } from './compose/database.ts'
import { ListenError } from './compose/listen.ts'
import { ConfigurationError, readTextFile } from './config/settings.ts'
import { systemClock } from './lib/clock.ts'
import { createLogger, type Logger } from './telemetry/logger.ts'
import { publishLocalAddress, removeLocalAddress } from './config/local-address.ts'

/** The process: configuration → database → listen → drain on SIGTERM. */

/** After its delay. Longer than any bound inside (acknowledgement, statements): what still hangs then will not end by itself. */
const DRAIN_TIMEOUT_MS = 20_000

const version = (): string => {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

async function start(): Promise<void> {
  const startsToServe = leaveOnSignals()
  const configuration = loadConfiguration(process.env)
  // From here on the settings hold them, keys as hashes; an embedded database would inherit them.
  delete process.env['API_KEYS']
  delete process.env['DATA_KEYS']
  delete process.env['OTEL_EXPORTER_OTLP_HEADERS']
  const { settings, accounts, apiKeys } = configuration
  const logger = createLogger({ level: settings.LOG_LEVEL })
  warnOfSecrets(accounts, logger)
  const database = await openDatabase(settings, logger)
  await migrateDatabase(database, logger)
  const service = await compose({
    settings,
    databaseUrl: database.url,
    accounts,
    apiKeys,
    logger,
    clock: systemClock,
    version: version(),
  })
  startsToServe()
  stopOnSignals(service, database, { logger, drainDelayMs: settings.DRAIN_DELAY_MS })
  rereadOnHangup(service, configuration, logger)
  const url = await service.listen()
  service.startProcessing()
  logger.info({ url, role: settings.ROLE, accounts: accounts.length }, 'ready')
  if (settings.production) return
  publishLocalAddress(settings.DATA_DIRECTORY, url)
  process.once('exit', () => {
    removeLocalAddress(settings.DATA_DIRECTORY, url)
  })
  printWelcome(url, configuration, database)
}

/** Before there is anything to drain a signal ends the start at once; `exit` takes the embedded database along. */
function leaveOnSignals(): () => void {
  const leave = (): never => process.exit(1)
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, leave)
  return () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.off(signal, leave)
  }
}

function stopOnSignals(
  service: Service,
  database: Database,
  { logger, drainDelayMs }: { logger: Logger; drainDelayMs: number },
): void {
  let stopping = false
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return
    stopping = true
    logger.info({ signal }, 'draining')
    systemClock.after(drainDelayMs + DRAIN_TIMEOUT_MS, () => {
      logger.error('the drain took too long; what was not committed will be delivered again')
      process.exit(1)
    })
    service
      .drain()
      .finally(() => database.stop())
      .then(
        () => {
          logger.info('stopped')
          process.exitCode = 0
        },
        (error: unknown) => {
          logger.error({ error }, 'the drain failed')
          process.exitCode = 1
        },
      )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
}

/** SIGHUP re-reads the accounts file (rotated secrets); an invalid one changes nothing but a log line and a counter. */
function rereadOnHangup(service: Service, { settings, accountsFile }: Configuration, logger: Logger): void {
  process.on('SIGHUP', () => {
    try {
      const accounts = readAccounts(accountsFile, {
        production: settings.production,
        environment: process.env,
      })
      service.replaceAccounts(accounts)
      warnOfSecrets(accounts, logger)
      logger.info({ accounts: accounts.length }, 'accounts file re-read')
    } catch (error) {
      service.configurationRejected()
      const problems = error instanceof ConfigurationError ? error.problems : []
      logger.error({ problems }, 'the accounts file is not valid; the former accounts stay in force')
    }
  })
}

/** They are taken as they are, and `accounts check` refuses them. */
function warnOfSecrets(accounts: Configuration['accounts'], logger: Logger): void {
  const problems = miswrittenSecrets(accounts)
  if (problems.length > 0) logger.warn({ problems }, 'secrets look as if they were copied wrongly')
}

/** For a person at a terminal: where to send what, and where the invented secrets are. Not a log line. */
function printWelcome(
  url: string,
  { accounts, accountsFile, settings }: Configuration,
  database: Database,
): void {
  const invented = settings.API_KEYS === undefined
  const apiKey = invented ? readTextFile(join(settings.DATA_DIRECTORY, 'api-key')) : 'as set in API_KEYS'
  const lines = [
    '',
    `Payment notification receiver at ${url}`,
    ...accounts.map(
      ({ provider, account }) => `  NOTIFICATION_URL  ${url}/notifications/${provider}/${account}`,
    ),
    `  secrets           ${accountsFile}`,
    `  API key           ${apiKey}`,
    `  API reference     ${url}/docs`,
    ...(database.psql === null ? [] : [`  psql              ${database.psql}`]),
    ...nextCommand(accounts).map((command) => `  next              ${command}`),
    '',
  ]
  process.stdout.write(lines.join('\n') + '\n')
}

/** A captured payment, as `send` names it for each provider. */
const SAMPLES: Readonly<Record<string, string>> = {
  hipay: 'hipay 118',
  be2bill: 'be2bill payment 0000',
  dalenys: 'dalenys payment 0000',
}

/** The command that brings a first notification to the first account that `send` can speak for; empty: there is none. */
function nextCommand(accounts: Configuration['accounts']): string[] {
  const [sample] = accounts.flatMap(({ provider }) => SAMPLES[provider] ?? [])
  return sample === undefined ? [] : [`npm run receiver -- send ${sample}`]
}

try {
  await start()
} catch (error) {
  // A person reads this: the message alone for what they can mend, everything for what they cannot.
  const isMendable = error instanceof ConfigurationError || error instanceof ListenError
  console.error(isMendable ? error.message : error)
  process.exit(1)
}
