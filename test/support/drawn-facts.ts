import fc from 'fast-check'
import type { Expectation } from '../../src/domain/event/evidence.ts'
import {
  answered,
  at,
  beAnswered,
  beNotified,
  counters,
  cutOff,
  DAY,
  disputed,
  expected,
  hostedPage,
  maintained,
  notified,
} from './facts.ts'

/** Histories of normalized facts drawn at random, contradictory ones included. */

const hipayCodes = [
  '101',
  '109',
  '112',
  '113',
  '114',
  '115',
  '116',
  '117',
  '118',
  '119',
  '124',
  '125',
  '126',
  '134',
]
const moreCodes = ['140', '142', '165', '173', '175', '180', '181', '182', '188', '200']

export const money = fc.constantFrom(0, 500, 2000, 5000)
const second = fc.option(fc.integer({ min: 0, max: 5 }).map(at))
const operationId = fc.option(fc.constantFrom('c1', 'c2'))
const totals = fc.option(fc.tuple(money, money, money))

const hipayFact = fc
  .record({
    say: fc.constantFrom(notified, answered, maintained),
    code: fc.constantFrom(...hipayCodes, ...moreCodes),
    reference: fc.constantFrom('T1', 'T2'),
    occurredAt: second,
    totals,
    amount: fc.option(money),
    operationId,
  })
  .map(({ say, code, totals: stated, ...given }) =>
    say(code, { ...(stated ? counters(...stated) : {}), ...given }),
  )

const call = fc
  .record({
    make: fc.constantFrom(cutOff, hostedPage),
    type: fc.constantFrom('failed' as const, 'not_processed' as const, 'action_required' as const),
    operation: fc.constantFrom('authorization' as const, 'capture' as const, 'refund' as const, null),
    parentReference: fc.option(fc.constantFrom('T1', 'A1', 'A2')),
    orderId: fc.option(fc.constant('O1')),
    amount: fc.option(money),
    operationId,
  })
  .map(({ make, ...given }) => make(given))

const be2billFact = fc
  .record({
    say: fc.constantFrom(beNotified, beAnswered),
    operation: fc.constantFrom('payment', 'authorization', 'capture', 'refund', 'void', 'credit'),
    code: fc.constantFrom('0000', '0001', '0003', '1002', '4001', '5002', '5004', '0099'),
    reference: fc.constantFrom('A1', 'A2', 'A3'),
    parentReference: fc.option(fc.constantFrom('A1', 'A2'), { freq: 2 }),
    amount: fc.option(money),
  })
  .map(({ say, operation, code, ...given }) => say(operation, code, given))

const dispute = fc
  .record({
    stage: fc.constantFrom(
      'retrieval_request' as const,
      'first_chargeback' as const,
      'representment' as const,
    ),
    date: fc.constantFrom('2026-05-01', '2026-05-02'),
    amount: fc.option(money),
  })
  .map(({ stage, date, amount }) => disputed(stage, date, { amount }))

const hipayHistory = fc.array(fc.oneof({ weight: 5, arbitrary: hipayFact }, call), {
  minLength: 1,
  maxLength: 7,
})
export const be2billHistory = fc.array(
  fc.oneof({ weight: 5, arbitrary: be2billFact }, { weight: 1, arbitrary: dispute }, call),
  { minLength: 1, maxLength: 7 },
)
export const history = fc.oneof(hipayHistory, be2billHistory)
const expectations = fc.array(
  fc
    .record({
      channel: fc.constantFrom('direct' as const, 'hosted' as const, null),
      operation: fc.constantFrom('sale' as const, 'refund' as const, null),
      amount: fc.option(money),
      parentReference: fc.option(fc.constant('A1')),
      operationId,
    })
    .map((given): Expectation => expected(given)),
  { maxLength: 2 },
)
export const after = fc.constantFrom(1_000, 2 * DAY, 20 * DAY)
const policy = fc.record({
  responses: fc.constantFrom('expected' as const, 'announced' as const, 'none' as const),
  expectations: fc.constantFrom('optional' as const, 'required' as const),
})
export const circumstances = fc.record({ after, expectations, policy })

export const shuffledPair = <Item>(items: fc.Arbitrary<Item[]>) =>
  items.chain((list) =>
    fc.tuple(
      fc.constant(list),
      fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length }),
    ),
  )
