import { Registry, collectDefaultMetrics } from 'prom-client'
import { oneAtATime } from '../lib/one-at-a-time.ts'
import { createCounters, type Counters } from './counters.ts'
import { createDatabaseGauges, type GaugeSource } from './database-gauges.ts'
import type { Logger } from './logger.ts'
import { createProcessGauges, type ProcessSource } from './process-gauges.ts'

/** The service's figures for Prometheus: counters that the parts count on, and gauges that are read when they are asked for. */
export interface Metrics extends Counters {
  /** Text exposition; one reading of the gauges for all who ask at once. */
  expose: () => Promise<{ contentType: string; text: string }>
}

export interface MetricsOptions extends ProcessSource {
  readGauges: () => Promise<GaugeSource>
  logger: Logger
}

/** prom-client names these gauges like counters. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
]

export function createMetrics({ readGauges, logger, ...source }: MetricsOptions): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of MISNAMED) registry.removeSingleMetric(name)
  const { counters, knowAccounts } = createCounters(registry)
  for (const { name } of source.tasks) {
    counters.maintenanceRows.inc({ task: name }, 0)
    counters.maintenanceFailed.inc({ task: name }, 0)
  }
  const fillProcessGauges = createProcessGauges(registry, source)
  const gauges = createDatabaseGauges(registry, source.tasks)
  // A scraper could otherwise keep the database busy; and two at once would add up in the gauges.
  const expose = oneAtATime(async () => {
    const accounts = source.accounts()
    knowAccounts(accounts)
    fillProcessGauges()
    // A database that is away must not take the process's own figures with it.
    // What cannot be read is left out: an old or a zero figure would look like an empty inbox.
    gauges.clear()
    await readGauges().then(
      (read) => {
        gauges.fill(read, accounts)
      },
      (error: unknown) => {
        logger.warn({ error }, 'the gauges could not be read')
      },
    )
    return { contentType: registry.contentType, text: await registry.metrics() }
  })
  return { ...counters, expose }
}
