import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { withDatabase } from '../compose/database.ts'
import { miswrittenSecrets } from '../config/accounts.ts'
import { ConfigurationError, loadSettings, type Environment, type Settings } from '../config/settings.ts'
import { systemClock } from '../lib/clock.ts'
import type { HealthStore } from '../telemetry/stores.ts'
import { loadCommandSettings, readAccountsFile } from './accounts-file.ts'
import { messageOf, type Outcome } from './command-line.ts'

/** Whether the installation is in order: what the service would find when it started here and now. Changes nothing. */

interface Check {
  name: 'configuration' | 'database' | 'clock'
  ok: boolean
  /** What was found, and what mends it. */
  detail: string
}

export async function checkInstallation(
  options: { accounts?: string },
  environment: Environment,
): Promise<Outcome> {
  const checks = [checkConfiguration(options, environment), ...(await checkDatabase(environment))]
  const ok = checks.every((check) => check.ok)
  const text = checks.map(
    ({ name, ok: isFine, detail }) => `${isFine ? 'ok   ' : 'WRONG'} ${name}: ${detail}`,
  )
  return { ok, text: text.join('\n'), json: { checks }, exitCode: ok ? 0 : 1 }
}

function checkConfiguration(options: { accounts?: string }, environment: Environment): Check {
  const problems: string[] = []
  const tried = <T>(read: () => T): T | undefined => {
    try {
      return read()
    } catch (error) {
      problems.push(...(error instanceof ConfigurationError ? error.problems : [messageOf(error)]))
      return undefined
    }
  }
  tried(() => loadSettings(environment))
  const file = tried(() => readAccountsFile(options.accounts, environment))
  problems.push(...miswrittenSecrets(file?.accounts ?? []))
  const distinct = [...new Set(problems)]
  return distinct.length === 0
    ? good(
        'configuration',
        `the settings are valid, and the ${file?.accounts.length ?? 0} accounts of ${file?.path ?? ''}`,
      )
    : wrong('configuration', distinct.join('; '))
}

const good = (name: Check['name'], detail: string): Check => ({ name, ok: true, detail })
const wrong = (name: Check['name'], detail: string): Check => ({ name, ok: false, detail })

async function checkDatabase(environment: Environment): Promise<Check[]> {
  try {
    const settings = loadCommandSettings(environment)
    if (!settings.production && settings.DATABASE_URL === undefined && !hasEmbedded(settings))
      return [wrong('database', 'there is none: set DATABASE_URL, or let npm start make an embedded one')]
    return await withDatabase(settings, async (stores) => [await stateOf(stores), await checkClock(stores)])
  } catch (error) {
    return [
      wrong(
        'database',
        `it cannot be asked (${messageOf(error)}): check DATABASE_URL, and that the server runs`,
      ),
    ]
  }
}

const hasEmbedded = ({ DATA_DIRECTORY }: Settings): boolean => existsSync(join(DATA_DIRECTORY, 'postgres'))

async function stateOf({ health }: { health: HealthStore }): Promise<Check> {
  const missing = await health.missingMigrations()
  if (missing.length > 0)
    return wrong('database', `it lacks the migrations ${missing.join(', ')}: run npm run receiver -- migrate`)
  const rights = await health.lackingRights()
  if (rights.length > 0)
    return wrong(
      'database',
      `the role of DATABASE_URL lacks ${rights.join(', ')}: use the role that owns the tables, or grant it these rights`,
    )
  return good(
    'database',
    'it answers, has the migrations of this build, and its role has the rights to serve',
  )
}

/** Servers that keep time by NTP differ by milliseconds; accounts allow for `clockSkew`, ten seconds by default. */
const SKEW_MAX_MS = 2_000

async function checkClock({ health }: { health: HealthStore }): Promise<Check> {
  const before = systemClock.now().getTime()
  const database = (await health.time()).getTime()
  const after = systemClock.now().getTime()
  // The database read its clock somewhere between.
  const ahead = before > database ? before - database : Math.min(0, after - database)
  const seconds = (Math.abs(ahead) / 1_000).toFixed(1)
  return Math.abs(ahead) <= SKEW_MAX_MS
    ? good('clock', `it differs from that of the database by about ${seconds} s`)
    : wrong(
        'clock',
        `it is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} that of the database: let both machines keep time by NTP`,
      )
}
