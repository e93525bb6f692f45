import { describe, expect, it } from 'vitest'
import { createReceiptReport, type ReceiptEvent } from '../../../src/inbox/receive/report.ts'
import { reportAbsent, reportOutcome, type ProcessingEvent } from '../../../src/inbox/reconcile/report.ts'
import type { Services } from '../../../src/services.ts'
import { createHandClock } from '../../support/hand-clock.ts'
import { recordLog, type LogLine } from '../../support/recorded-log.ts'
import { servicesWithoutStores } from '../../support/services.ts'

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
  translation: 1,
  lagMs: 20,
  unrecognized: [],
  ...fields,
})

async function told(report: (services: Services) => void): Promise<{ lines: LogLine[]; figures: string }> {
  const { logger, lines } = recordLog()
  const services = servicesWithoutStores(createHandClock(), logger)
  report(services)
  const { text } = await services.metrics.expose()
  return { lines, figures: text.replace(/^(process|nodejs)_.*\n/gm, '') }
}

describe('what receipt and processing report', () => {
  it.each<[ReceiptEvent['outcome'], string]>([
    ['stored', 'info'],
    ['duplicate', 'info'],
    ['rejected', 'warn'],
    ['failed', 'warn'],
  ])('a notification %s is one count and one line', async (what, level) => {
    const { lines, figures } = await told((services) => {
      createReceiptReport(services)(receipt({ outcome: what }))
    })
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatchObject({ level, provider: 'hipay', account: 'shop', inboxId: 'i-1' })
    expect(figures).toContain(
      `receiver_notifications_total{provider="hipay",account="shop",outcome="${what}"} 1`,
    )
  })

  it('a rejection too many is counted, and seen at debug alone', async () => {
    const { lines, figures } = await told((services) => {
      const report = createReceiptReport(services)
      for (let count = 0; count <= 100; count += 1) report(receipt({ outcome: 'rejected' }))
    })
    expect(lines.map(({ level }) => level)).toEqual([...Array.from({ length: 100 }, () => 'warn'), 'debug'])
    expect(figures).toContain('outcome="rejected"} 101')
  })

  it('a rejection counts its reason', async () => {
    const { figures } = await told((services) => {
      createReceiptReport(services)(receipt({ outcome: 'rejected', reason: 'secret_expired', inboxId: null }))
    })
    expect(figures).toContain(
      'receiver_quarantined_total{provider="hipay",account="shop",reason="secret_expired"} 1',
    )
  })

  it('a failure is not a rejection', async () => {
    const { figures } = await told((services) => {
      createReceiptReport(services)(receipt({ outcome: 'failed', reason: 'storage_unavailable' }))
    })
    expect(figures).not.toContain('receiver_quarantined_total{')
  })

  it('a forwarded answer is no notification', async () => {
    const { lines, figures } = await told((services) => {
      createReceiptReport(services)(receipt({ witness: 'response' }))
    })
    expect(lines).toHaveLength(1)
    expect(figures).not.toContain('receiver_notifications_total{')
  })

  it('a processed message counts its state, its lag and each unknown code', async () => {
    const { lines, figures } = await told((services) => {
      reportOutcome(services, outcome({ unrecognized: ['188', '188', '199'] }))
    })
    expect(lines[0]).toMatchObject({ level: 'info', state: 'processed', lagMs: 20 })
    expect(figures).toContain('receiver_messages_processed_total{state="processed"} 1')
    expect(figures).toContain('receiver_processing_lag_seconds_sum 0.02')
    expect(figures).toContain('receiver_unrecognized_total{provider="hipay",code="188"} 2')
    expect(figures).toContain('receiver_unrecognized_total{provider="hipay",code="199"} 1')
  })

  it('a parked message is an error in the log, with its cause', async () => {
    const { lines, figures } = await told((services) => {
      reportOutcome(
        services,
        outcome({ state: 'parked', code: 'processing_failed', error: new Error('why') }),
      )
    })
    expect(lines[0]).toMatchObject({ level: 'error', code: 'processing_failed', error: { message: 'why' } })
    expect(figures).toContain('receiver_messages_processed_total{state="parked"} 1')
  })

  it('a failed try warns, and counts as nothing finished', async () => {
    const { lines, figures } = await told((services) => {
      reportOutcome(services, outcome({ state: 'postponed', error: new Error('why') }))
    })
    expect(lines[0]).toMatchObject({ level: 'warn', error: { message: 'why' } })
    expect(figures).not.toMatch(/^receiver_messages_processed_total\{.* [1-9]/m)
    expect(figures).toContain('receiver_processing_lag_seconds_count 0')
    expect(figures).toContain('receiver_messages_postponed_total{reason="failed"} 1')
  })

  it('what is held up warns in other words, and counts by itself', async () => {
    const { lines, figures } = await told((services) => {
      reportOutcome(services, outcome({ state: 'held_up', error: new Error('lock timeout') }))
    })
    expect(lines[0]).toMatchObject({ level: 'warn', msg: expect.stringContaining('waits') as string })
    expect(figures).toContain('receiver_messages_postponed_total{reason="held_up"} 1')
  })

  it('what waits for its account is one line, and counts every message', async () => {
    const { lines, figures } = await told((services) => {
      reportAbsent(services, { provider: 'hipay', account: 'closed', messages: 128 })
    })
    expect(lines).toMatchObject([{ level: 'warn', provider: 'hipay', account: 'closed', messages: 128 }])
    expect(figures).toContain('receiver_messages_postponed_total{reason="account_not_configured"} 128')
  })
})
