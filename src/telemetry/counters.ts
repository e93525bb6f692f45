import { Counter, Histogram, type Registry } from 'prom-client'
import type { AccountScope } from '../domain/records.ts'
import { SIGNATURE_CAUSES } from '../providers/explanation.ts'
import { REJECTION_REASONS } from '../providers/provider.ts'

/** What the parts of the service count, where it happens; names and labels are part of the contract with dashboards. */
export type Counters = ReturnType<typeof createCounters>['counters']

/** Finer below 10 ms, where the service lives; the last bounds show a database in trouble. */
const ACKNOWLEDGE_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2]
const REQUEST_BUCKETS = [0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 20]
const LAG_BUCKETS = [0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 60, 300]
/** A sender that holds a secret may invent codes without end, and each would be a time series for good. */
const CODES_MAX = 200
/** Codes are short words; what is longer is none, and may be a customer's card number in the wrong field. */
const CODE = /^[\w.-]{1,12}$/
const OTHER = 'other'

/** The values that a label can have. */
type Values = Readonly<Record<string, readonly string[]>>
type Labels = Readonly<Record<string, string>>

/** What is counted by labels. */
interface Count<Label extends string> {
  inc(labels: Partial<Record<Label, string>>, value?: number): void
}

/** What is measured, in seconds. */
interface Measure<Label extends string = never> {
  observe(labels: Partial<Record<Label, string>>, value: number): void
}

/** `knowAccounts`: every series of these accounts exists from then on, at 0 if nothing was counted. */
export function createCounters(registry: Registry) {
  const makers = makersOf(registry)
  const counters = {
    ...createReceiptCounters(makers),
    ...createWorkCounters(makers),
    ...createHttpCounters(makers),
  }
  return { counters, knowAccounts: makers.knowAccounts }
}

type Makers = ReturnType<typeof makersOf>

function makersOf(registry: Registry) {
  const registers = [registry]
  const ofAccounts: ((account: Labels) => void)[] = []
  const create = (name: string, help: string, labelNames: string[]): Counter =>
    new Counter({ name: `receiver_${name}`, help, labelNames, registers })
  return {
    /** Every combination of the values exists from the start. */
    counter: <Name extends string = never>(
      name: string,
      help: string,
      values: Readonly<Record<Name, readonly string[]>> = {} as Record<Name, readonly string[]>,
    ): Count<Name> => {
      const counter = create(name, help, Object.keys(values))
      for (const labels of combinations(values)) counter.inc(labels, 0)
      return counter
    },
    /** The same for each account. */
    accountCounter: <Name extends string = never>(
      name: string,
      help: string,
      values: Readonly<Record<Name, readonly string[]>>,
    ): Count<Name | 'provider' | 'account'> => {
      const counter = create(name, help, ['provider', 'account', ...Object.keys(values)])
      const all = combinations(values)
      ofAccounts.push((account) => {
        for (const labels of all) counter.inc({ ...account, ...labels }, 0)
      })
      return counter
    },
    /** With values that are not known beforehand. */
    openCounter: <Name extends string>(name: string, help: string, labelNames: Name[]): Count<Name> =>
      create(name, help, labelNames),
    histogram: <Name extends string = never>(
      name: string,
      help: string,
      buckets: number[],
      labelNames: Name[] = [],
    ): Measure<Name> => new Histogram({ name: `receiver_${name}`, help, buckets, labelNames, registers }),
    knowAccounts: (accounts: readonly AccountScope[]) => {
      for (const { provider, account } of accounts) for (const know of ofAccounts) know({ provider, account })
    },
  }
}

function combinations(values: Values): Labels[] {
  return Object.entries(values).reduce<Labels[]>(
    (all, [name, options]) => all.flatMap((labels) => options.map((value) => ({ ...labels, [name]: value }))),
    [{}],
  )
}

function createReceiptCounters({ counter, accountCounter, histogram }: Makers) {
  return {
    notifications: accountCounter('notifications_total', 'Notifications by outcome', {
      outcome: ['stored', 'duplicate', 'rejected', 'failed'],
    }),
    quarantined: accountCounter(
      'quarantined_total',
      'Notifications without a valid signature, by reason, with or without evidence kept',
      { reason: REJECTION_REASONS },
    ),
    evidenceDropped: counter(
      'quarantine_dropped_total',
      'Notifications without a valid signature of which no evidence was kept',
      { reason: ['full', 'budget', 'busy', 'failed'] },
    ),
    acknowledge: histogram(
      'acknowledge_seconds',
      'Time from the request to the acknowledgement of a verified notification',
      ACKNOWLEDGE_BUCKETS,
    ),
    examined: counter(
      'signatures_examined_total',
      'Signatures that an operator had examined, by what was found: verified, unexplained, or a cause',
      {
        outcome: ['verified', 'unexplained', ...SIGNATURE_CAUSES.filter((cause) => cause !== 'wrong_secret')],
      },
    ),
    configurationRejected: counter(
      'configuration_rejected_total',
      'Re-reads of the accounts file that were not valid; the former accounts stayed in force',
    ),
  }
}

function createWorkCounters({ counter, openCounter, histogram }: Makers) {
  return {
    unrecognized: countCodes(
      openCounter('unrecognized_total', 'Events with a provider code that this build does not know', [
        'provider',
        'code',
      ]),
    ),
    processed: counter('messages_processed_total', 'Inbox messages by outcome of processing', {
      state: ['processed', 'duplicate', 'parked'],
    }),
    postponed: counter('messages_postponed_total', 'Turns of inbox messages that were put off, by reason', {
      reason: ['failed', 'held_up', 'account_not_configured'],
    }),
    deadlines: counter('deadlines_total', 'Deadlines that came: judged again by the sweep, or failed', {
      outcome: ['judged', 'failed'],
    }),
    maintenanceRows: openCounter(
      'maintenance_rows_total',
      'Rows that a task of maintenance dealt with: bodies deleted, messages put back …',
      ['task'],
    ),
    replayed: openCounter(
      'messages_replayed_total',
      'Messages of replays: replayed, or why they count as before (failed, content_purged …)',
      ['outcome'],
    ),
    maintenanceFailed: openCounter('maintenance_failed_total', 'Turns of a task of maintenance that failed', [
      'task',
    ]),
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
    spansLost: counter('spans_lost_total', 'Spans of traces that were dropped', {
      reason: ['full', 'failed'],
    }),
  }
}

function createHttpCounters({ openCounter, histogram }: Makers) {
  return {
    requests: openCounter('http_requests_total', 'Requests by route and class of the answer', [
      'method',
      'route',
      'status',
    ]),
    requestDuration: histogram(
      'http_request_duration_seconds',
      'Time from the request to the end of its answer, by route',
      REQUEST_BUCKETS,
      ['method', 'route'],
    ),
  }
}

/** The first CODES_MAX distinct codes are counted as they are, any later one as `other`. */
function countCodes(counter: Count<'provider' | 'code'>): Count<'provider' | 'code'> {
  const known = new Set<string>()
  return {
    inc: ({ provider = '', code = '' }, value) => {
      if (known.size < CODES_MAX && CODE.test(code)) known.add(code)
      counter.inc({ provider, code: known.has(code) ? code : OTHER }, value)
    },
  }
}
