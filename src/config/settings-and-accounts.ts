import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Account } from '../providers/account.ts'
import { providers } from '../providers/registry.ts'
import { parseAccounts } from './accounts.ts'
import { prepareDevelopmentDefaults } from './development-defaults.ts'
import {
  ConfigurationError,
  loadSettings,
  readTextFile,
  type ApiKey,
  type Environment,
  type Settings,
} from './settings.ts'

/** Everything the process is told before it starts. */
export interface Configuration {
  settings: Settings
  accountsFile: string
  accounts: readonly Account[]
  apiKeys: readonly ApiKey[]
}

const USUAL_ACCOUNTS_FILE = './accounts.json'

/**
 * Settings, accounts and API keys; outside production, invented ones where none are given. Throws ConfigurationError with
 * the problems of settings and accounts in one round: an operator who mends the ones should not then learn of the others.
 */
export function loadConfiguration(environment: Environment): Configuration {
  const settings = loadSettingsOrEveryProblem(environment)
  const defaults = settings.production
    ? undefined
    : prepareDevelopmentDefaults(resolve(settings.DATA_DIRECTORY))
  const accountsFile = chooseAccountsFile(settings.ACCOUNTS_FILE, defaults?.accountsFile)
  const { production } = settings
  return {
    settings,
    accountsFile,
    accounts: readAccounts(accountsFile, { production, environment }),
    apiKeys: settings.API_KEYS ?? loadSettings({ API_KEYS: defaults?.apiKeys }).API_KEYS ?? [],
  }
}

function loadSettingsOrEveryProblem(environment: Environment): Settings {
  try {
    return loadSettings(environment)
  } catch (error) {
    throw new ConfigurationError([...problemsOf(error), ...accountsProblems(environment)])
  }
}

/** Without valid settings only a file that is there for sure is looked at, and none is invented. */
function accountsProblems(environment: Environment): readonly string[] {
  const { NODE_ENV, ACCOUNTS_FILE: named = '' } = environment
  if (named === '' && !existsSync(USUAL_ACCOUNTS_FILE)) return []
  try {
    const path = named === '' ? USUAL_ACCOUNTS_FILE : named
    readAccounts(path, { production: NODE_ENV === 'production', environment })
    return []
  } catch (error) {
    return problemsOf(error)
  }
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigurationError) return error.problems
  throw error
}

/** The configured file; else ./accounts.json when it is there; else, outside production, the invented one. */
function chooseAccountsFile(configured: string | undefined, invented: string | undefined): string {
  const usual = configured ?? USUAL_ACCOUNTS_FILE
  return invented === undefined || configured !== undefined || existsSync(usual) ? usual : invented
}

/** The accounts file at that path, for the providers this build knows; throws ConfigurationError with every problem. */
export function readAccounts(
  path: string,
  { production, environment }: { production: boolean; environment: Environment },
): Account[] {
  return parseAccounts(readNamed(path), { providers, production, environment, readText: readTextFile })
}

function readNamed(path: string): string {
  try {
    return readTextFile(path)
  } catch {
    throw new ConfigurationError([`ACCOUNTS_FILE: ${path} cannot be read`])
  }
}
