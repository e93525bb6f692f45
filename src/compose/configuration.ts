import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { ConfigurationError, loadSettings, type ApiKey, type Environment, type Settings } from '../config.ts'
import { prepareDevelopmentDefaults } from '../development-defaults.ts'
import type { Account } from '../providers/provider.ts'
import { readAccounts } from './accounts.ts'

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
