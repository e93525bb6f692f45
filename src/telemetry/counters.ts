import { Counter, Histogram, type Registry } from 'prom-client'

/** What the parts of the service count, where it happens; names and labels are part of the contract with dashboards. */
export type Counters = ReturnType<typeof createCounters>

/** Finer below 10 ms, where the service lives; the last bounds show a database in trouble. */
const ACKNOWLEDGE_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2]
const LAG_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300]
/** A sender that holds a secret may invent codes without end, and each would be a time series for good. */
const CODES_MAX = 200
/** Codes are short words; what is longer is none, and may be a customer's card number in the wrong field. */
const CODE = /^[\w.-]{1,12}$/

export function createCounters(registry: Registry) {
  const makers = makersOf(registry)
  return { ...createReceiptCounters(makers), ...createWorkCounters(makers) }
}

/** What is counted by labels. */
interface Count<Label extends string> {
  inc(labels: Partial<Record<Label, string>>, value?: number): void
}

/** What is measured, in seconds. */
interface Measure {
  observe(value: number): void
}

type Makers = ReturnType<typeof makersOf>

function makersOf(registry: Registry) {
  const registers = [registry]
  return {
    counter: <Label extends string = never>(
      name: string,
      help: string,
      labelNames: Label[] = [],
    ): Count<Label> => new Counter({ name, help, labelNames, registers }),
    histogram: (name: string, help: string, buckets: number[]): Measure =>
      new Histogram({ name, help, buckets, registers }),
  }
}

function createReceiptCounters({ counter, histogram }: Makers) {
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
    acknowledge: histogram(
      'acknowledge_seconds',
      'Time from the request to the acknowledgement of a verified notification',
      ACKNOWLEDGE_BUCKETS,
    ),
    examined: counter(
      'signatures_examined_total',
      'Signatures that an operator had examined, by what was found: verified, unexplained, or a cause',
      ['outcome'],
    ),
    configurationRejected: counter(
      'configuration_rejected_total',
      'Re-reads of the accounts file that were not valid; the former accounts stayed in force',
    ),
  }
}

function createWorkCounters({ counter, histogram }: Makers) {
  return {
    unrecognized: countCodes(
      counter('unrecognized_total', 'Events with a provider code this build does not know', [
        'provider',
        'code',
      ]),
    ),
    processed: counter('messages_processed_total', 'Inbox messages by outcome of processing', ['state']),
    postponed: counter(
      'messages_postponed_total',
      'Turns of inbox messages that were put off: failed, held_up, account_not_configured',
      ['reason'],
    ),
    deadlines: counter('deadlines_total', 'Deadlines that came: judged again by the sweep, or failed', [
      'outcome',
    ]),
    maintenanceRows: counter(
      'upkeep_rows_total',
      'Rows that upkeep dealt with: bodies deleted, messages put back …',
      ['chore'],
    ),
    maintenanceFailed: counter('upkeep_failed_total', 'Turns of upkeep that failed', ['chore']),
    bodiesShown: counter('bodies_shown_total', 'Stored bodies that were shown to an operator'),
    lag: histogram(
      'processing_lag_seconds',
      'Time from the receipt of a message to the commit of its effects',
      LAG_BUCKETS,
    ),
    threadEnded: counter(
      'processing_thread_ended_total',
      'Times the processing thread ended by itself; it is started again',
    ),
  }
}

/** The first CODES_MAX distinct codes are counted as they are, any later one as `other`. */
function countCodes(counter: Count<'provider' | 'code'>): Count<'provider' | 'code'> {
  const known = new Set<string>()
  return {
    inc: ({ provider = '', code = '' }, value) => {
      if (known.size < CODES_MAX && CODE.test(code)) known.add(code)
      counter.inc({ provider, code: known.has(code) ? code : 'other' }, value)
    },
  }
}
