import { Command, Option } from 'commander'
import type { Environment } from '../config/settings.ts'
import { checkAccounts } from './accounts-command.ts'
import { conclude, helpOf, withSharedOptions, type Outcome, type Streams } from './command-line.ts'
import { doctorCommand, UNEXPLAINED, type DoctorOptions } from './doctor-command.ts'
import { eraseCommand, type EraseOptions } from './erase-command.ts'
import { exportCommand, type ExportOptions } from './export-command.ts'
import { showMessage } from './inbox-command.ts'
import { giveUpCommand, type GiveUpOptions } from './give-up-command.ts'
import { migrateCommand } from './migrate-command.ts'
import { beginning, end } from './period.ts'
import { replayCommand, type ReplayOptions } from './replay-command.ts'
import { rotateKeys } from './rotate-keys-command.ts'
import { sendCommand } from './send-command.ts'
import { addSend } from './send-options.ts'

/** The command line. One function builds it, so that a test runs it as the process does. */
export interface ProgramDeps {
  environment: Environment
  streams: Streams
  /** Called with the exit code of the command that ran. */
  onEnd: (code: number) => void
}

type Shared = { json?: boolean }

export function buildProgram(deps: ProgramDeps): Command {
  const program = new Command('receiver')
    .description('Payment notification receiver: commands beside the service')
    .showHelpAfterError('(--help shows how)')
    .configureOutput({
      writeOut: (text) => {
        deps.streams.out(text.trimEnd())
      },
      writeErr: (text) => {
        deps.streams.err(text.trimEnd())
      },
    })
  addMigrate(program, deps)
  addRotateKeys(program, deps)
  addReplay(program, deps)
  addGiveUp(program, deps)
  addSend(program, async (statement, options) =>
    run(deps, options, () => sendCommand(statement, options, deps.environment)),
  )
  addAccounts(program, deps)
  addDoctor(program, deps)
  addInbox(program, deps)
  addExport(program, deps)
  addErase(program, deps)
  return program
}

async function run(
  deps: ProgramDeps,
  options: Shared,
  work: () => Promise<Outcome>,
  failureCode = 1,
): Promise<void> {
  deps.onEnd(await conclude(work, options.json === true, deps.streams, failureCode))
}

function addMigrate(program: Command, deps: ProgramDeps): void {
  withSharedOptions(program.command('migrate'))
    .description('bring the database to this build’s schema (DATABASE_URL, else the embedded PostgreSQL)')
    .addHelpText(
      'after',
      helpOf(['migrate'], '0 the schema is this build’s; 1 it could not be brought there'),
    )
    .action((options: Shared) => run(deps, options, () => migrateCommand(deps.environment)))
}

function addRotateKeys(program: Command, deps: ProgramDeps): void {
  withSharedOptions(program.command('rotate-keys'))
    .description(
      'seal every stored body by the first key of DATA_KEYS; may be stopped, and run beside the service',
    )
    .addHelpText(
      'after',
      helpOf(['rotate-keys'], '0 every body is under the first key; 1 some are not, and why is printed'),
    )
    .action((options: Shared) => run(deps, options, () => rotateKeys(deps.environment)))
}

const REPLAY_HELP = `
Examples:
  npm run receiver -- replay --quarantine
  npm run receiver -- replay --state parked
  npm run receiver -- replay --older --dry-run
  npm run receiver -- replay --provider hipay --from 2026-11-01 --yes

Messages that were processed are replaced in what counts, so that --yes is needed; without it the dry run is shown. What is
parked only adds. A replay that is stopped goes on in the service; progress is on standard error.

Exit codes: 0 done, or the dry run is shown; 1 a message failed, or it could not be done; 2 --yes is missing, nothing was changed.`

function addReplay(program: Command, deps: ProgramDeps): void {
  withSharedOptions(program.command('replay'))
    .description('translate stored messages again, with the build and the accounts of today; may be stopped')
    .option(
      '--quarantine',
      'messages that failed verification: those that verify now are stored and processed',
    )
    .option('--id <id>', 'this message, with those that state the same event')
    .addOption(
      new Option('--state <state>', 'messages of which this came').choices([
        'parked',
        'processed',
        'duplicate',
      ]),
    )
    .option('--reason <code>', 'messages that are parked for this reason, for instance unreadable_message')
    .option('--older', 'messages that an older build than this one translated')
    .option('--provider <name>', 'of this provider alone')
    .option('--account <slug>', 'of this account alone')
    .option('--from <date>', 'received from this day (UTC) or moment on', beginning)
    .option('--to <date>', 'received up to this day (UTC), or before this moment', end)
    .option('--dry-run', 'say what would change, and change nothing')
    .option('--yes', 'replace what processed messages stated')
    .option('--accounts <file>', 'the file; ACCOUNTS_FILE, ./accounts.json or the invented one by default')
    .addHelpText('after', REPLAY_HELP)
    .action(({ json, ...options }: Shared & ReplayOptions) =>
      run(deps, { json: json === true }, () => replayCommand(options, deps.environment, deps.streams)),
    )
}

function addGiveUp(program: Command, deps: ProgramDeps): void {
  withSharedOptions(program.command('give-up'))
    .description(
      'park the messages that wait for an account that was taken out of the accounts file for good',
    )
    .requiredOption('--provider <name>', 'as in the URL of the notifications')
    .requiredOption('--account <slug>', 'the account that was taken out')
    .option('--accounts <file>', 'the file; ACCOUNTS_FILE, ./accounts.json or the invented one by default')
    .addHelpText(
      'after',
      helpOf(['give-up --provider hipay --account shop-old'], '0 done; 1 the account is still configured'),
    )
    .action((options: Shared & GiveUpOptions) =>
      run(deps, options, () => giveUpCommand(options, deps.environment)),
    )
}

function addAccounts(program: Command, deps: ProgramDeps): void {
  const accounts = program.command('accounts').description('the accounts file')
  withSharedOptions(accounts.command('check'))
    .description('list every problem of the accounts file')
    .addHelpText(
      'after',
      helpOf(['accounts check --accounts accounts.json'], '0 it has no problem; 1 it has'),
    )
    .option('--accounts <file>', 'the file; ACCOUNTS_FILE, ./accounts.json or the invented one by default')
    .action((options: Shared & { accounts?: string }) =>
      run(deps, options, () => checkAccounts(options, deps.environment)),
    )
}

const DOCTOR_HELP = `
Examples:
  npm run receiver -- doctor
  npm run receiver -- doctor --inbox 01980000-0000-7000-8000-000000000000
  npm run receiver -- doctor --provider hipay --account shop-fr --body notification.txt --signature 5c1e…
  npm run receiver -- doctor --provider dalenys --account shop-be --body set.txt

Exit codes: 0 it verifies, or all is in order; 1 the sentence says what is wrong and which setting mends it;
2 nothing that was tried explains it, or it could not be looked at.`

function addDoctor(program: Command, deps: ProgramDeps): void {
  withSharedOptions(program.command('doctor'))
    .description(
      'say why a signature fails and which setting mends it; without options check configuration, database and clock. Accepts and stores nothing',
    )
    .option('--inbox <id>', 'a message in quarantine, or a stored one')
    .option('--provider <name>', 'with --account and --body: a message as it was copied')
    .option('--account <slug>', 'the account whose notification URL it was sent to')
    .option('--body <file>', 'its body, byte for byte; Be2bill and Dalenys: the parameter set, HASH included')
    .option('--signature <hex>', 'HiPay: the value of X-Allopass-Signature')
    .option('--accounts <file>', 'the file; ACCOUNTS_FILE, ./accounts.json or the invented one by default')
    .addHelpText('after', DOCTOR_HELP)
    .action((options: Shared & DoctorOptions) => {
      const { json: _json, ...asked } = options
      return run(deps, options, () => doctorCommand(asked, deps.environment), UNEXPLAINED)
    })
}

function addInbox(program: Command, deps: ProgramDeps): void {
  const inbox = program.command('inbox').description('stored messages')
  withSharedOptions(inbox.command('show <id>'))
    .description(
      'one message: how it was verified, what became of it, its redacted body; noted in the audit log',
    )
    .addHelpText(
      'after',
      helpOf(['inbox show 019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b'], '0 shown; 1 there is no such message'),
    )
    .action((id: string, options: Shared) => run(deps, options, () => showMessage(id, deps.environment)))
}

function addExport(program: Command, deps: ProgramDeps): void {
  withSharedOptions(program.command('export'))
    .description('the payments of a period and what is open about them, as CSV, or with --json as JSON lines')
    .requiredOption('--from <date>', 'first day (UTC), or moment', beginning)
    .requiredOption('--to <date>', 'last day (UTC), or the moment before which it ends', end)
    .option('--provider <name>', 'of this provider alone')
    .option('--account <slug>', 'of this account alone')
    .option('--open', 'only what awaits something or is in doubt')
    .addHelpText(
      'after',
      '\nExample:\n  npm run --silent receiver -- export --from 2026-11-01 --to 2026-11-30 --open > november.csv\n\nExit codes: 0 all was written; 1 it was not. Progress is on standard error.',
    )
    .action((options: Shared & ExportOptions) =>
      run(deps, options, () => exportCommand(options, deps.environment, deps.streams)),
    )
}

function addErase(program: Command, deps: ProgramDeps): void {
  withSharedOptions(program.command('erase'))
    .description(
      'erase what is stored of a person: bodies of messages, and what events and payments state; money, statuses, digests and the audit log stay',
    )
    .requiredOption('--provider <name>', 'as in the URL of the notifications')
    .requiredOption('--account <slug>', 'the account')
    .option('--order <id>', 'of this order')
    .option('--customer <id>', 'of all payments of this customer, by the merchant’s own id')
    .option('--dry-run', 'say how much it is, and change nothing')
    .option('--accounts <file>', 'the file; ACCOUNTS_FILE, ./accounts.json or the invented one by default')
    .addHelpText(
      'after',
      '\nExample:\n  npm run receiver -- erase --provider hipay --account shop-fr --customer C-1017 --dry-run\n\nIt may be stopped, and run again. Exit codes: 0 done, or the dry run is shown; 1 nothing is stored, or it could not be done. Progress is on standard error.',
    )
    .action(({ json, ...options }: Shared & EraseOptions) =>
      run(deps, { json: json === true }, () => eraseCommand(options, deps.environment, deps.streams)),
    )
}
