import { InvalidArgumentError, type Command } from 'commander'
import { helpOf, withSharedOptions } from './command-line.ts'
import type { SendOptions, Statement } from './send-command.ts'

/** The options of `send`. */

type Shared = SendOptions & { json?: boolean }

const CODES = '0 every delivery was answered as it should be; 1 one was not, or none could be made'

/** `send`: `act` runs it for what is to be stated. */
export function addSend(
  program: Command,
  act: (statement: Statement, options: Shared) => Promise<void>,
): void {
  const send = program
    .command('send')
    .description('sign a realistic notification and post it to a running service')
  withSendOptions(send.command('hipay <status>'))
    .description('a HiPay notification, for instance of status 116 or 118')
    .option('--xml', 'as XML instead of a form')
    .addHelpText('after', helpOf(['send hipay 118 --amount 5000', 'send hipay 116 --xml'], CODES))
    .action((status: string, options: Shared) => act({ provider: 'hipay', status }, options))
  for (const provider of ['be2bill', 'dalenys'] as const) {
    withSendOptions(send.command(`${provider} <operation> <execcode>`))
      .description('a notification, for instance of: payment 0000')
      .option('--get', 'in the query, by GET')
      .addHelpText('after', helpOf([`send ${provider} payment 0000 --amount 5000 --get`], CODES))
      .action((operation: string, execCode: string, options: Shared) =>
        act({ provider, operation, execCode }, options),
      )
  }
}

function withSendOptions(command: Command): Command {
  return withSharedOptions(command)
    .option('--account <slug>', 'the merchant account; the provider’s first one by default')
    .option('--order <id>', 'the order id; a new one by default')
    .option('--amount <minor units>', 'the amount, for instance 5000 for 50.00 EUR', minorUnits)
    .option('--currency <code>', 'ISO 4217', currencyCode, 'EUR')
    .option('--reference <text>', 'the transaction’s reference; a new one by default')
    .option('--url <url>', 'where the service listens; the local one by default, else PORT of this machine')
    .option('--duplicate <times>', 'deliver the same message that many times', positive)
    .option('--tamper', 'change the amount after signing: the service has to refuse it')
    .option('--response', 'forward the synchronous answer of the same payment first (needs an API key)')
    .option('--requested-at <time>', 'for --response: when the provider was called, RFC 3339 with offset')
    .option('--api-key <key>', 'for --response; API_KEY or the invented one by default')
    .option(
      '--accounts <file>',
      'the accounts file; ACCOUNTS_FILE, ./accounts.json or the invented one by default',
    )
}

function minorUnits(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number of minor units, for instance 5000 for 50.00 EUR.')
}

function currencyCode(text: string): string {
  if (/^[A-Z]{3}$/.test(text)) return text
  throw new InvalidArgumentError('It must be the three capital letters of ISO 4217, for instance EUR.')
}

function positive(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number, at least 1.')
}
