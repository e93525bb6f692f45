import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readAccounts } from '../config/settings-and-accounts.ts'
import { loadSettings, type Environment, type Settings } from '../config/settings.ts'
import type { Account } from '../providers/account.ts'

/** The accounts file as the service would choose and read it, without inventing one. */
export interface AccountsFile {
  path: string
  accounts: Account[]
}

/** Throws ConfigurationError with every problem. `named` is a path given on the command line. */
export function readAccountsFile(named: string | undefined, environment: Environment): AccountsFile {
  const settings = loadCommandSettings(environment)
  const path = named ?? settings.ACCOUNTS_FILE ?? usualPath(settings)
  return { path, accounts: readAccounts(path, { production: settings.production, environment }) }
}

/** The settings without what only serving needs: a command also runs where no API key is configured. */
export function loadCommandSettings(environment: Environment): Settings {
  const { NODE_ENV, DATABASE_URL, DATABASE_URL_FILE, DATA_DIRECTORY, ACCOUNTS_FILE } = environment
  const { DATA_KEYS, DATA_KEYS_FILE, PORT } = environment
  const production = NODE_ENV === 'production'
  const database = { DATABASE_URL, DATABASE_URL_FILE, DATA_DIRECTORY, DATA_KEYS, DATA_KEYS_FILE }
  const given = { ...database, ACCOUNTS_FILE, PORT }
  // Left as it is, NODE_ENV=production would require API_KEYS and all else that serving needs.
  const settings = loadSettings(production ? given : { ...given, NODE_ENV })
  return { ...settings, production }
}

function usualPath({ DATA_DIRECTORY }: Settings): string {
  const invented = join(DATA_DIRECTORY, 'accounts.json')
  return existsSync('./accounts.json') || !existsSync(invented) ? './accounts.json' : invented
}
