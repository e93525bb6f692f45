import { Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import { createCounters, type Counters } from './counters.ts'
import type { Logger } from './logger.ts'

/** The service's figures for Prometheus: counters that the parts count on, and gauges that only the database knows. */
export interface Metrics extends Counters {
  /** Text exposition; one reading of the gauges for all who ask at once. */
  expose: () => Promise<{ contentType: string; text: string }>
}

/** Gauges read from the database at scrape time. */
export interface GaugeSource {
  pending: number
  oldestPendingSeconds: number
  oldestSnapshotSeconds: number
  reconciliations: { provider: string; account: string; reconciliation: string; count: number }[]
  openDiscrepancies: { class: string; currency: string | null; count: number; amount: number }[]
  lastNotifications: { provider: string; account: string; secondsAgo: number }[]
}

export function createMetrics(readGauges: () => Promise<GaugeSource>, logger: Logger): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const counters = createCounters(registry)
  const gauges = createGauges(registry)
  // A scraper could otherwise keep the database busy; and two at once would add up in the gauges.
  const expose = oneAtATime(async () => {
    // A database that is away must not take the process's own figures with it.
    // What cannot be read is left out: an old or a zero figure would look like an empty inbox.
    gauges.clear()
    await readGauges().then(gauges.fill, (error: unknown) => {
      logger.warn({ error }, 'the gauges could not be read')
    })
    return { contentType: registry.contentType, text: await registry.metrics() }
  })
  return { ...counters, expose }
}

interface Gauges {
  fill: (source: GaugeSource) => void
  clear: () => void
}

function createGauges(registry: Registry): Gauges {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] })
  const pending = gauge('inbox_pending', 'Messages stored but not yet processed')
  const oldest = gauge('inbox_oldest_pending_seconds', 'Age of the oldest message not yet processed')
  const snapshot = gauge(
    'receiver_oldest_snapshot_seconds',
    'Age of the oldest snapshot that keeps PostgreSQL from removing deleted rows',
  )
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
      for (const each of [pending, oldest, snapshot]) each.remove()
    },
    fill: (source) => {
      pending.set(source.pending)
      oldest.set(source.oldestPendingSeconds)
      snapshot.set(source.oldestSnapshotSeconds)
      for (const { count, ...labels } of source.reconciliations) reconciliations.set(labels, count)
      for (const row of source.openDiscrepancies) {
        open.inc({ class: row.class }, row.count)
        amount.inc({ class: row.class, currency: row.currency ?? '' }, row.amount)
      }
      for (const { secondsAgo, ...labels } of source.lastNotifications) last.set(labels, secondsAgo)
    },
  }
}
