import { describe, expect, it } from 'vitest'
import type { ProcessingEvent } from '../../../src/inbox/reconcile/processing-event.ts'
import type { ReceiptEvent } from '../../../src/inbox/receive/receive.ts'
import { createLogger } from '../../../src/telemetry/logger.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import {
  tellAbsent,
  tellChore,
  tellOutcome,
  tellReceipt,
  type Sinks,
} from '../../../src/telemetry/outcomes.ts'

const receipt = (fields: Partial<ReceiptEvent> = {}): ReceiptEvent => ({
  provider: 'hipay',
  account: 'shop',
  witness: 'notification',
  outcome: 'stored',
  reason: null,
  inboxId: 'i-1',
  requestId: 'r-1',
  ...fields,
})

const outcome = (fields: Partial<ProcessingEvent> = {}): ProcessingEvent => ({
  inboxId: 'i-1',
  provider: 'hipay',
  account: 'shop',
  state: 'processed',
  family: 'transaction',
  code: null,
  detail: null,
  lagMs: 20,
  unrecognized: [],
  ...fields,
})

async function told(
  tell: (sinks: Sinks) => void,
): Promise<{ lines: Record<string, unknown>[]; figures: string }> {
  const lines: Record<string, unknown>[] = []
  const logger = createLogger({
    level: 'trace',
    destination: { write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>) },
  })
  const metrics = createMetrics(
    async () => Promise.reject(new Error('no database here')),
    () => undefined,
  )
  tell({ metrics, logger })
  const { text } = await metrics.expose()
  return { lines, figures: text.replace(/^(process|nodejs)_.*\n/gm, '') }
}

describe('telemetry', () => {
  it('a chore that did something is a line and a count of its rows', async () => {
    const { lines, figures } = await told((sinks) => {
      tellChore({ chore: 'purge_bodies', rows: 128 }, sinks)
      tellChore({ chore: 'purge_bodies', rows: 2 }, sinks)
    })
    expect(lines[0]).toMatchObject({ level: 30, chore: 'purge_bodies', rows: 128 })
    expect(figures).toContain('upkeep_rows_total{chore="purge_bodies"} 130')
  })

  it('a chore that failed is an error and a count', async () => {
    const { lines, figures } = await told((sinks) => {
      tellChore({ chore: 'purge_bodies', rows: 0, error: new Error('away') }, sinks)
    })
    expect(lines[0]).toMatchObject({ level: 50, chore: 'purge_bodies', error: { message: 'away' } })
    expect(figures).toContain('upkeep_failed_total{chore="purge_bodies"} 1')
    expect(figures).not.toContain('upkeep_rows_total{')
  })

  it.each<[ReceiptEvent['outcome'], number]>([
    ['stored', 30],
    ['duplicate', 30],
    ['rejected', 40],
    ['failed', 40],
  ])('a notification %s is one count and one line', async (what, level) => {
    const { lines, figures } = await told((sinks) => {
      tellReceipt(receipt({ outcome: what }), sinks, () => false)
    })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level, provider: 'hipay', account: 'shop', inboxId: 'i-1' })
    expect(figures).toContain(`notifications_total{provider="hipay",account="shop",outcome="${what}"} 1`)
  })

  it('a rejection too many is counted, and seen at debug alone', async () => {
    const { lines, figures } = await told((sinks) => {
      tellReceipt(receipt({ outcome: 'rejected' }), sinks, () => true)
    })
    expect(lines).toEqual([expect.objectContaining({ level: 20 })])
    expect(figures).toContain('outcome="rejected"} 1')
  })

  it('a rejection counts its reason', async () => {
    const { figures } = await told((sinks) => {
      tellReceipt(
        receipt({ outcome: 'rejected', reason: 'secret_expired', inboxId: null }),
        sinks,
        () => false,
      )
    })
    expect(figures).toContain('quarantined_total{reason="secret_expired"} 1')
  })

  it('a failure is not a rejection', async () => {
    const { figures } = await told((sinks) => {
      tellReceipt(receipt({ outcome: 'failed', reason: 'storage_unavailable' }), sinks, () => false)
    })
    expect(figures).not.toContain('quarantined_total{')
  })

  it('a forwarded answer is no notification', async () => {
    const { lines, figures } = await told((sinks) => {
      tellReceipt(receipt({ witness: 'response' }), sinks, () => false)
    })
    expect(lines).toHaveLength(1)
    expect(figures).not.toContain('notifications_total{')
  })

  it('a processed message counts its state, its lag and each unknown code', async () => {
    const { lines, figures } = await told((sinks) => {
      tellOutcome(outcome({ unrecognized: ['188', '188', '199'] }), sinks)
    })
    expect(lines[0]).toMatchObject({ level: 30, state: 'processed', lagMs: 20 })
    expect(figures).toContain('messages_processed_total{state="processed"} 1')
    expect(figures).toContain('processing_lag_seconds_sum 0.02')
    expect(figures).toContain('unrecognized_total{provider="hipay",code="188"} 2')
    expect(figures).toContain('unrecognized_total{provider="hipay",code="199"} 1')
  })

  it('a parked message is an error in the log, with its cause', async () => {
    const { lines, figures } = await told((sinks) => {
      tellOutcome(outcome({ state: 'parked', code: 'processing_failed', error: new Error('why') }), sinks)
    })
    expect(lines[0]).toMatchObject({ level: 50, code: 'processing_failed', error: { message: 'why' } })
    expect(figures).toContain('messages_processed_total{state="parked"} 1')
  })

  it('a failed try warns, and counts as nothing finished', async () => {
    const { lines, figures } = await told((sinks) => {
      tellOutcome(outcome({ state: 'postponed', error: new Error('why') }), sinks)
    })
    expect(lines[0]).toMatchObject({ level: 40, error: { message: 'why' } })
    expect(figures).not.toContain('messages_processed_total{')
    expect(figures).toContain('processing_lag_seconds_count 0')
    expect(figures).toContain('messages_postponed_total{reason="failed"} 1')
  })

  it('what is held up warns in other words, and counts by itself', async () => {
    const { lines, figures } = await told((sinks) => {
      tellOutcome(outcome({ state: 'held_up', error: new Error('lock timeout') }), sinks)
    })
    expect(lines[0]).toMatchObject({ level: 40, msg: expect.stringContaining('waits') as string })
    expect(figures).toContain('messages_postponed_total{reason="held_up"} 1')
  })

  it('what waits for its account is one line, and counts every message', async () => {
    const { lines, figures } = await told((sinks) => {
      tellAbsent({ provider: 'hipay', account: 'closed', messages: 128 }, sinks)
    })
    expect(lines).toMatchObject([{ level: 40, provider: 'hipay', account: 'closed', messages: 128 }])
    expect(figures).toContain('messages_postponed_total{reason="account_not_configured"} 128')
  })
})
