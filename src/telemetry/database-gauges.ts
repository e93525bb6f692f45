import type { Registry } from 'prom-client'
import type { AccountScope } from '../domain/records.ts'
import { DISCREPANCY_CLASSES } from '../domain/reconciliation/discrepancy-classes.ts'
import { RECONCILIATIONS } from '../domain/reconciliation/transaction.ts'
import type { Account } from '../providers/account.ts'
import { gaugesIn, timestamp } from './gauges.ts'
import type { MaintenanceTask } from './process-gauges.ts'
import { silenceDeadline } from './silence.ts'
import type { CountedTransactions, Telemetry } from './stores.ts'

/** Gauges read from the database at scrape time. */
export interface GaugeSource extends Omit<Telemetry, 'heldSnapshots'> {
  /** Since when the oldest snapshot is held; null: none is. */
  oldestSnapshotAt: Date | null
  /** Null: they could not be counted in time. */
  transactions: readonly CountedTransactions[] | null
}

export interface DatabaseGauges {
  fill: (source: GaugeSource, accounts: readonly Account[]) => void
  /** Leave out all series. */
  clear: () => void
}

const UNKNOWN = 'unknown'

/** Every series of the accounts that are configured is filled, at 0 where the database has nothing. */
export function createDatabaseGauges(registry: Registry, tasks: readonly MaintenanceTask[]): DatabaseGauges {
  const all = createAll(registry)
  return {
    clear: () => {
      const { pending, oldest, snapshot, ...labelled } = all
      for (const each of [pending, oldest, snapshot]) each.remove()
      for (const each of Object.values(labelled)) each.reset()
    },
    fill: (source, accounts) => {
      all.pending.set(source.pending)
      all.oldest.set(timestamp(source.oldestPendingAt))
      all.snapshot.set(timestamp(source.oldestSnapshotAt))
      for (const { name } of tasks) {
        const chore = source.chores.find((one) => one.name === name)
        all.lastSuccess.set({ task: name }, timestamp(chore?.lastOkAt))
      }
      fillSilence(all, source, accounts)
      fillMoney(all, source, accounts)
      if (source.transactions !== null) fillTransactions(all, source.transactions, accounts)
    },
  }
}

type All = ReturnType<typeof createAll>

function createAll(registry: Registry) {
  const gauge = gaugesIn(registry)
  const scope: ('provider' | 'account')[] = ['provider', 'account']
  return {
    pending: gauge('inbox_pending_messages', 'Messages stored but not yet processed'),
    oldest: gauge(
      'inbox_oldest_pending_timestamp_seconds',
      'When the oldest message not yet processed was received; 0: none is pending',
    ),
    snapshot: gauge(
      'oldest_snapshot_timestamp_seconds',
      'Since when the oldest snapshot keeps PostgreSQL from removing deleted rows; 0: none is held',
    ),
    lastSuccess: gauge(
      'maintenance_last_success_timestamp_seconds',
      'When the last run of a task of maintenance ended well; 0: none has yet',
      ['task'],
    ),
    last: gauge(
      'last_notification_timestamp_seconds',
      'When the last verified notification of the account was received; 0: none ever was',
      scope,
    ),
    since: gauge(
      'account_configured_timestamp_seconds',
      'When the account was first met in the accounts file; 0: the database does not know it yet',
      scope,
    ),
    deadline: gauge(
      'silence_deadline_timestamp_seconds',
      'From when on the silence of the account is longer than its setting allows, if it is not heard before',
      scope,
    ),
    transactions: gauge('transactions', 'Transactions by reconciliation', [
      ...scope,
      'reconciliation' as const,
      'test' as const,
    ]),
    open: gauge('open_discrepancies', 'Open discrepancies', [...scope, 'class' as const, 'test' as const]),
    amount: gauge(
      'open_discrepancy_amount',
      'Amount at risk by open discrepancies, in minor units of the currency',
      [...scope, 'class' as const, 'test' as const, 'currency' as const],
    ),
  }
}

function fillSilence(
  { last, since, deadline }: All,
  { lastNotifications, configuredAccounts }: GaugeSource,
  accounts: readonly Account[],
): void {
  for (const { provider, account, silence } of accounts) {
    const labels = { provider, account }
    const heardAt = ofAccount(lastNotifications, labels)?.at
    const configuredAt = ofAccount(configuredAccounts, labels)?.since
    last.set(labels, timestamp(heardAt))
    since.set(labels, timestamp(configuredAt))
    const from = heardAt ?? configuredAt
    if (silence !== null && from) deadline.set(labels, timestamp(silenceDeadline(silence, from)))
  }
}

const ofAccount = <Row extends AccountScope>(rows: readonly Row[], { provider, account }: AccountScope) =>
  rows.find((row) => row.provider === provider && row.account === account)

function fillMoney({ open, amount }: All, source: GaugeSource, accounts: readonly Account[]): void {
  for (const { provider, account, policy } of accounts)
    for (const name of DISCREPANCY_CLASSES) {
      const labels = { provider, account, class: name, test: modeOf(policy.test) }
      open.set(labels, 0)
      amount.set({ ...labels, currency: UNKNOWN }, 0)
    }
  for (const row of source.openDiscrepancies) {
    const { provider, account } = row
    const labels = { provider, account, class: row.class, test: modeOf(row.test) }
    open.inc(labels, row.count)
    amount.inc({ ...labels, currency: row.currency ?? UNKNOWN }, row.amount)
  }
}

/** Without a mode of its own, a payment counts under its account's mode. */
function fillTransactions(
  { transactions }: All,
  rows: readonly CountedTransactions[],
  accounts: readonly Account[],
): void {
  for (const { provider, account, policy } of accounts)
    for (const reconciliation of RECONCILIATIONS)
      transactions.set({ provider, account, reconciliation, test: modeOf(policy.test) }, 0)
  for (const { count, ...row } of rows) {
    const configured = ofAccount(accounts, row)?.policy.test ?? null
    transactions.inc({ ...row, test: row.test === '' ? modeOf(configured) : row.test }, count)
  }
}

const modeOf = (test: boolean | string | null): string =>
  test === null || test === '' ? UNKNOWN : String(test)
