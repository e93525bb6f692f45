import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client'
import { oneAtATime } from '../lib/one-at-a-time.ts'

/** The service's figures for Prometheus; names and labels are part of the contract with dashboards. */
export interface Metrics {
  notification(labels: { provider: string; account: string; outcome: string }): void
  quarantined(reason: string): void
  /** A rejected notification of which no evidence was kept. */
  evidenceDropped(reason: string): void
  unrecognized(labels: { provider: string; code: string }): void
  processed(state: string, lagSeconds: number): void
  /** Messages that get another turn: failed, held_up, account_not_configured. */
  postponed(reason: string, messages: number): void
  acknowledged(seconds: number): void
  configurationRejected: () => void
  /** Deadlines that came: judged again, and failed to be. */
  swept(judged: number, failed: number): void
  /** Rows that a chore of upkeep dealt with; null: it failed. */
  upkept(chore: string, rows: number | null): void
  /** Text exposition, with the gauges that only the database knows; one reading for all who ask at once. */
  expose(): Promise<{ contentType: string; text: string }>
}

/** Gauges read from the database at scrape time. */
export interface GaugeSource {
  pending: number
  oldestPendingSeconds: number
  reconciliations: { provider: string; account: string; reconciliation: string; count: number }[]
  openDiscrepancies: { class: string; currency: string | null; count: number; amount: number }[]
  lastNotifications: { provider: string; account: string; secondsAgo: number }[]
}

/** Finer below 10 ms, where the service lives; the last bounds show a database in trouble. */
const ACKNOWLEDGE_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2]
/** A sender that holds a secret may invent codes without end, and each would be a time series for good. */
const CODES_MAX = 200
/** Codes are short words; what is longer is none, and may be a customer's card number in the wrong field. */
const CODE = /^[\w.-]{1,12}$/
const LAG_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300]

export function createMetrics(
  readGauges: () => Promise<GaugeSource>,
  onError: (error: unknown) => void,
): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counters = createCounters(registry)
  const gauges = createGauges(registry)
  // A scraper could otherwise keep the database busy; and two at once would add up in the gauges.
  const expose = oneAtATime(async () => {
    // A database that is away must not take the process's own figures with it.
    // What cannot be read is left out: an old or a zero figure would look like an empty inbox.
    gauges.clear()
    await readGauges().then(gauges.fill, onError)
    return { contentType: registry.contentType, text: await registry.metrics() }
  })
  return {
    notification: (labels) => {
      counters.notifications.inc(labels)
    },
    quarantined: (reason) => {
      counters.quarantined.inc({ reason })
    },
    evidenceDropped: (reason) => {
      counters.evidenceDropped.inc({ reason })
    },
    ...processingMetrics(counters),
    acknowledged: (seconds) => {
      counters.acknowledge.observe(seconds)
    },
    configurationRejected: () => {
      counters.configurationRejected.inc()
    },
    swept: (judged, failed) => {
      counters.deadlines.inc({ outcome: 'judged' }, judged)
      counters.deadlines.inc({ outcome: 'failed' }, failed)
    },
    upkept: (chore, rows) => {
      if (rows === null) counters.upkeepFailed.inc({ chore })
      else counters.upkeep.inc({ chore }, rows)
    },
    expose,
  }
}

function processingMetrics(
  counters: ReturnType<typeof createCounters>,
): Pick<Metrics, 'unrecognized' | 'processed' | 'postponed'> {
  const labelOf = createCodeLabels()
  return {
    unrecognized: ({ provider, code }) => {
      counters.unrecognized.inc({ provider, code: labelOf(code) })
    },
    processed: (state, lagSeconds) => {
      counters.processed.inc({ state })
      counters.lag.observe(lagSeconds)
    },
    postponed: (reason, messages) => {
      counters.postponed.inc({ reason }, messages)
    },
  }
}

/** The first CODES_MAX distinct codes as they are, any later one as `other`. */
function createCodeLabels(): (code: string) => string {
  const known = new Set<string>()
  return (code) => {
    if (known.size < CODES_MAX && CODE.test(code)) known.add(code)
    return known.has(code) ? code : 'other'
  }
}

function createCounters(registry: Registry) {
  const registers = [registry]
  const counter = <Label extends string = never>(name: string, help: string, labelNames: Label[] = []) =>
    new Counter({ name, help, labelNames, registers })
  return {
    notifications: counter(
      'notifications_total',
      'Notifications by outcome: stored, duplicate, rejected, failed',
      ['provider', 'account', 'outcome'],
    ),
    quarantined: counter('quarantined_total', 'Notifications without a valid signature, by reason', [
      'reason',
    ]),
    evidenceDropped: counter(
      'quarantine_dropped_total',
      'Notifications without a valid signature of which no evidence was kept: full, budget, busy, failed',
      ['reason'],
    ),
    unrecognized: counter('unrecognized_total', 'Events with a provider code this build does not know', [
      'provider',
      'code',
    ]),
    processed: counter('messages_processed_total', 'Inbox messages by outcome of processing', ['state']),
    postponed: counter(
      'messages_postponed_total',
      'Turns of inbox messages that were put off: failed, held_up, account_not_configured',
      ['reason'],
    ),
    deadlines: counter('deadlines_total', 'Deadlines that came: judged again by the sweep, or failed', [
      'outcome',
    ]),
    upkeep: counter('upkeep_rows_total', 'Rows that upkeep dealt with: bodies deleted, messages put back …', [
      'chore',
    ]),
    upkeepFailed: counter('upkeep_failed_total', 'Turns of upkeep that failed', ['chore']),
    configurationRejected: counter(
      'configuration_rejected_total',
      'Re-reads of the accounts file that were not valid; the former accounts stayed in force',
    ),
    ...createHistograms(registers),
  }
}

const createHistograms = (registers: Registry[]) => ({
  acknowledge: new Histogram({
    name: 'acknowledge_seconds',
    help: 'Time from the request to the acknowledgement of a verified notification',
    buckets: ACKNOWLEDGE_BUCKETS,
    registers,
  }),
  lag: new Histogram({
    name: 'processing_lag_seconds',
    help: 'Time from the receipt of a message to the commit of its effects',
    buckets: LAG_BUCKETS,
    registers,
  }),
})

interface Gauges {
  fill: (source: GaugeSource) => void
  clear: () => void
}

function createGauges(registry: Registry): Gauges {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  const pending = gauge('inbox_pending', 'Messages stored but not yet processed')
  const oldest = gauge('inbox_oldest_pending_seconds', 'Age of the oldest message not yet processed')
  const reconciliations = gauge('transactions_reconciliation', 'Transactions by reconciliation', [
    'provider',
    'account',
    'reconciliation',
  ])
  const open = gauge('open_discrepancies', 'Open discrepancies', ['class'])
  const amount = gauge('open_discrepancy_amount', 'Amount at risk in minor units', ['class', 'currency'])
  const last = gauge('last_notification_seconds', 'Time since the last verified notification', [
    'provider',
    'account',
  ])
  return {
    clear: () => {
      for (const each of [reconciliations, open, amount, last]) each.reset()
      for (const each of [pending, oldest]) each.remove()
    },
    fill: (source) => {
      pending.set(source.pending)
      oldest.set(source.oldestPendingSeconds)
      for (const { count, ...labels } of source.reconciliations) reconciliations.set(labels, count)
      for (const row of source.openDiscrepancies) {
        open.inc({ class: row.class }, row.count)
        amount.inc({ class: row.class, currency: row.currency ?? '' }, row.amount)
      }
      for (const { secondsAgo, ...labels } of source.lastNotifications) last.set(labels, secondsAgo)
    },
  }
}
