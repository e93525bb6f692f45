import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { createAccountDirectory } from '../config/account-directory.ts'
import { withStores } from '../compose/database.ts'
import { ConfigurationError, type Environment } from '../config/settings.ts'
import { examineGiven, examineMessage, type Diagnosis } from '../inbox/maintain/doctor.ts'
import { systemClock } from '../lib/clock.ts'
import { providers } from '../providers/registry.ts'
import { loadCommandSettings, readAccountsFile } from './accounts-file.ts'
import type { Outcome } from './command-line.ts'
import { checkInstallation } from './doctor-checks.ts'

export interface DoctorOptions {
  inbox?: string
  provider?: string
  account?: string
  body?: string
  signature?: string
  accounts?: string
}

/** Exit code: no explanation was found, or the check could not run. */
export const UNEXPLAINED = 2

/** `doctor`: why one signature fails; without a message, whether the installation is in order. Accepts and stores nothing. */
export async function doctorCommand(options: DoctorOptions, environment: Environment): Promise<Outcome> {
  const { accounts: _file, ...about } = options
  if (Object.keys(about).length === 0) return checkInstallation(options, environment)
  const diagnosis =
    options.inbox === undefined
      ? examineFile(options, environment)
      : await examineInbox(options.inbox, options, environment)
  return { ok: true, text: diagnosis.remedy, json: diagnosis, exitCode: exitCodeOf(diagnosis) }
}

function exitCodeOf({ verified, cause }: Diagnosis): number {
  if (verified) return 0
  return cause === null || cause === 'wrong_secret' ? UNEXPLAINED : 1
}

const services = (options: DoctorOptions, environment: Environment) => ({
  accounts: createAccountDirectory(readAccountsFile(options.accounts, environment).accounts, providers),
  clock: systemClock,
})

async function examineInbox(
  id: string,
  options: DoctorOptions,
  environment: Environment,
): Promise<Diagnosis> {
  const others = [options.provider, options.account, options.body, options.signature]
  if (others.some((value) => value !== undefined))
    throw new ConfigurationError(['--inbox: the message has all the rest; leave it out'])
  if (!z.uuid().safeParse(id).success)
    throw new ConfigurationError(['--inbox: must be the id of a message, as logs and ops views show it'])
  const { accounts, clock } = services(options, environment)
  return withStores(loadCommandSettings(environment), async (stores) => {
    const {
      provider: _provider,
      account: _account,
      ...diagnosis
    } = await examineMessage({ stores, accounts, clock }, id)
    return diagnosis
  })
}

function examineFile(options: DoctorOptions, environment: Environment): Diagnosis {
  const { provider, account, body, signature } = options
  if (provider === undefined || account === undefined || body === undefined)
    throw new ConfigurationError(['name --provider, --account and --body, or --inbox'])
  return examineGiven(services(options, environment), {
    ...{ provider, account, query: '', signature: signature ?? null },
    body: readBody(body),
  })
}

function readBody(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch {
    throw new ConfigurationError(['--body: the file cannot be read'])
  }
}
