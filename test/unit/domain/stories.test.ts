import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAccountDirectory } from '../../../src/config/account-directory.ts'
import { parseAccounts } from '../../../src/config/accounts.ts'
import { reconcile, type Reconciled } from '../../../src/domain/reconcile.ts'
import type { StoredEvent } from '../../../src/domain/event/evidence.ts'
import { providers } from '../../../src/providers/registry.ts'
import { eventsOf, type Message } from '../../support/histories.ts'
import { rounds } from '../../support/property-rounds.ts'
import { story, type Story } from '../../support/stories.ts'

/** Properties over payments as they really went: what is believed is what happened, and no discrepancy opens. */

const RECEIVED_AT = new Date('2026-04-01T12:00:00.000Z')
const MONTH = 30 * 86_400_000

const shop = {
  account: 'shop',
  test: true,
  responses: 'expected',
  secrets: [{ id: 'only', value: 'for-tests' }],
}
const accounts = createAccountDirectory(
  parseAccounts(
    JSON.stringify([
      { ...shop, provider: 'hipay' },
      { ...shop, provider: 'be2bill', identifiers: ['Demo Shop'] },
    ]),
    { providers, production: false, environment: {}, readText: () => '' },
  ),
  providers,
)

/** Some of the messages of a story, by their places in it. */
type Heard = [message: Message, place: number][]

const told = (heard: Heard): StoredEvent[] =>
  heard.flatMap(([message, place]) => eventsOf({ accounts }, message, place, RECEIVED_AT))

function believed({ provider }: Story, heard: Heard, after = 1_000): Reconciled {
  const { policy } = accounts.find(provider, 'shop')!
  const now = new Date(RECEIVED_AT.getTime() + after)
  return reconcile({ events: told(heard), expectations: [], resolutions: [], policy, now })
}

const all = ({ messages }: Story): Heard => messages.map(({ told: message }, place) => [message, place])
const bySide = (heard: Heard, kind: Message['kind']): Heard => heard.filter(([one]) => one.kind === kind)

/** A story with some of its messages in any order, and one more of them. */
const heardInPart = story.chain((given) =>
  fc.record({
    given: fc.constant(given),
    heard: fc.shuffledSubarray(all(given)),
    more: fc.constantFrom(...all(given)),
  }),
)

const totalsOf = ({ orders }: Reconciled) =>
  orders.map(({ paidTotal, refundedTotal }) => [paidTotal, refundedTotal])
const alarmsOf = ({ transactions, orders, orphanDiscrepancies }: Reconciled): string[] =>
  [...[...transactions, ...orders].flatMap(({ discrepancies }) => discrepancies), ...orphanDiscrepancies].map(
    ({ key }) => key,
  )

const SUCCESSES = new Set(['118', '125', '0000'])
const codeOf = (message: Message): string => {
  const said = message.kind === 'notification' ? message.fields : message.forwarded.body
  const fields: Record<string, unknown> = typeof said === 'object' ? { ...said } : {}
  const code = fields['status'] ?? fields['EXECCODE']
  return `${message.kind === 'answer' ? 'answered ' : ''}${typeof code === 'string' ? code : ''}`
}

/** Something was refused, or asked for without its outcome being heard: M-3 and M-5 count it out. */
function asksInVain({ messages }: Story, heard: Heard): boolean {
  const operationsOf = (codes: readonly string[]) =>
    heard
      .filter(([message]) => codes.includes(codeOf(message)))
      .map(([, place]) => messages[place]!.operation)
  const done = new Set(operationsOf([...SUCCESSES]))
  return (
    operationsOf(['173', '165', '4001']).length > 0 ||
    operationsOf(['117', '124', 'answered 117', 'answered 124']).some((one) => !done.has(one))
  )
}

describe('payments as they really went', () => {
  test('P-7 what both sides told in full is believed to the last unit, is matched, and opens no discrepancy', () => {
    fc.assert(
      fc.property(story, fc.constantFrom(1_000, MONTH), (given, after) => {
        const reconciled = believed(given, all(given), after)
        const { authorized, captured, refunded } = given.truth
        expect(reconciled.transactions).toMatchObject([
          {
            authorizedTotal: authorized,
            capturedTotal: captured,
            refundedTotal: refunded,
            reconciliation: 'matched',
          },
        ])
        expect(totalsOf(reconciled)).toEqual([[captured, refunded]])
        // An authorization that was never captured, voided or left to expire is told after thirty days.
        expect(alarmsOf(reconciled).filter((key) => !key.startsWith('authorization_open'))).toEqual([])
        expect(reconciled.transactions.map(({ overdue }) => overdue)).toEqual([false])
      }),
      rounds(500),
    )
  })

  test('P-7 one side alone tells the same money', () => {
    fc.assert(
      fc.property(story, fc.constantFrom('answer' as const, 'notification' as const), (given, kind) => {
        // An answer that the customer was sent to 3-D Secure, or that a step was asked for, tells no money.
        const heard = bySide(all(given), kind)
        fc.pre(kind === 'notification' || given.provider === 'be2bill')
        expect(totalsOf(believed(given, heard))).toEqual([[given.truth.captured, given.truth.refunded]])
      }),
      rounds(500),
    )
  })

  test('P-3 one more notified success never lowers what the order has taken, whatever else is known', () => {
    fc.assert(
      fc.property(heardInPart, ({ given, heard, more }) => {
        fc.pre(SUCCESSES.has(codeOf(more[0])) && !asksInVain(given, [...heard, more]))
        const [before] = totalsOf(believed(given, heard))
        const [afterwards] = totalsOf(believed(given, [...heard, more]))
        const [captured = 0, refunded = 0] = before ?? []
        expect(afterwards?.[0] ?? Infinity).toBeGreaterThanOrEqual(captured ?? 0)
        expect(afterwards?.[1] ?? Infinity).toBeGreaterThanOrEqual(refunded ?? 0)
      }),
      rounds(500),
    )
  })
})
