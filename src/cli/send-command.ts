import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { ConfigurationError, readTextFile, type Environment } from '../config/settings.ts'
import { readLocalAddress } from '../config/local-address.ts'
import type { Account } from '../providers/account.ts'
import type { WireFields } from '../providers/provider.ts'
import { providerOf } from '../providers/registry.ts'
import { loadCommandSettings, readAccountsFile } from './accounts-file.ts'
import type { Outcome } from './command-line.ts'
import { deliver, forward, notificationUrl, type Answer } from './delivery.ts'
import {
  be2billNotification,
  be2billResponse,
  hipayNotification,
  hipayResponse,
  type SamplePayment,
  type SampleResponse,
} from './sample-notifications.ts'
import { signNotification, type SignatureOptions } from './signed-notification.ts'

/** `send`: sign one realistic notification with an account's own secret and post it to a running service. */
export interface SendOptions {
  accounts?: string
  account?: string
  order?: string
  amount?: number
  currency?: string
  reference?: string
  url?: string
  xml?: boolean
  get?: boolean
  duplicate?: number
  tamper?: boolean
  response?: boolean
  requestedAt?: string
  apiKey?: string
}

/** What the notification states: HiPay's status, or Be2bill's and Dalenys' operation and EXECCODE. */
export type Statement =
  | { provider: 'hipay'; status: string }
  | { provider: 'be2bill' | 'dalenys'; operation: string; execCode: string }

interface Message {
  fields: WireFields
  response: SampleResponse
}

/** An outcome is good when every answer is 2xx, or, with --tamper, when none of the notification's is. */
export async function sendCommand(
  statement: Statement,
  options: SendOptions,
  environment: Environment,
): Promise<Outcome> {
  const account = chooseAccount(statement.provider, options, environment)
  const payment = inventPayment(statement, options, account)
  const { fields, response } = messageOf(statement, payment)
  const signed = signNotification(fields, account, signatureOptions(options))
  const baseUrl = serviceUrl(options, environment)
  const { provider, account: slug } = account
  const forwarded: Answer[] = []
  if (options.response === true) {
    const apiKey = apiKeyOf(options, environment)
    const { requestedAt } = options
    const { envelope, body } = response
    const forwarding = { provider, account: slug, ...envelope, requestedAt, body }
    forwarded.push(await forward({ baseUrl, apiKey }, forwarding))
  }
  const target = { baseUrl, provider: statement.provider, account: slug }
  const answers = await deliver(target, signed, options.duplicate)
  const request = `${signed.method} ${notificationUrl(target)}`
  return outcomeOf({ request, payment, answers, forwarded }, options)
}

/** The named account, else the first under that provider's name, else the first of its name space. */
function chooseAccount(provider: string, options: SendOptions, environment: Environment): Account {
  const { path, accounts } = readAccountsFile(options.accounts, environment)
  const same = accounts.filter((account) => providerOf(account.provider) === providerOf(provider))
  const found =
    options.account === undefined
      ? (same.find((account) => account.provider === provider) ?? same[0])
      : same.find(({ account }) => account === options.account)
  if (found) return found
  throw new ConfigurationError([
    `account: ${path} has no ${provider} account ${options.account ?? ''}`.trimEnd(),
  ])
}

/** Twelve digits like HiPay's, or a letter and digits like Be2bill's; new every time unless named. */
function inventPayment(statement: Statement, options: SendOptions, { policy }: Account): SamplePayment {
  const digits = String(randomInt(1_000_000_000)).padStart(9, '0')
  return {
    reference: options.reference ?? (statement.provider === 'hipay' ? `900${digits}` : `A${digits}`),
    orderId: options.order ?? `ORDER-${digits}`,
    amount: options.amount ?? 5_000,
    currency: options.currency ?? 'EUR',
    at: new Date(),
    test: policy.test ?? true,
  }
}

function messageOf(statement: Statement, payment: SamplePayment): Message {
  if (statement.provider === 'hipay') {
    const { status } = statement
    return { fields: hipayNotification(status, payment), response: hipayResponse(status, payment) }
  }
  const { operation, execCode } = statement
  return {
    fields: be2billNotification(operation, execCode, payment),
    response: be2billResponse(operation, execCode, payment),
  }
}

const signatureOptions = ({ xml = false, get = false, tamper }: SendOptions): SignatureOptions => ({
  ...(xml ? { encoding: 'xml' } : {}),
  ...(get ? { method: 'GET' } : {}),
  tamper,
})

/** The named one, else that of the running local service, else the configured port of this machine. */
function serviceUrl({ url }: SendOptions, environment: Environment): string {
  if (url !== undefined) return url.replace(/\/+$/, '')
  const { production, DATA_DIRECTORY, PORT } = loadCommandSettings(environment)
  const running = production ? undefined : readLocalAddress(DATA_DIRECTORY)
  if (running !== undefined) return running
  if (PORT !== 0) return `http://127.0.0.1:${PORT}`
  throw new ConfigurationError(['no service runs here: start it, or name one with --url'])
}

function apiKeyOf({ apiKey }: SendOptions, environment: Environment): string {
  const given = apiKey ?? environment['API_KEY']
  if (given !== undefined) return given
  try {
    return readTextFile(join(loadCommandSettings(environment).DATA_DIRECTORY, 'api-key'))
  } catch {
    throw new ConfigurationError(['--response needs an API key: name it with --api-key or API_KEY'])
  }
}

interface Sent {
  request: string
  payment: SamplePayment
  answers: Answer[]
  forwarded: Answer[]
}

function outcomeOf({ request, payment, answers, forwarded }: Sent, { tamper = false }: SendOptions): Outcome {
  const isGood = ({ status }: Answer): boolean => status >= 200 && status < 300
  const ok = answers.every((answer) => isGood(answer) !== tamper) && forwarded.every(isGood)
  const { reference, orderId } = payment
  const lines = [
    `${request} (${reference}, order ${orderId})`,
    ...forwarded.map(({ status, body }) => `  POST /v1/responses: ${status} ${body}`),
    ...answers.map(({ status, body }) => `  ${status} ${body}`),
  ]
  return { ok, text: lines.join('\n'), json: { request, reference, orderId, answers, forwarded } }
}
