import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { EXEC_CODES, outcomeOf, reasonOf } from '../../../../src/providers/be2bill/codes.ts'
import { typeOf } from '../../../../src/providers/be2bill/event.ts'

const listed = JSON.parse(readFileSync('test/fixtures/be2bill/execcodes.json', 'utf8')) as {
  codes: { code: string; class: string; terminal: boolean }[]
}

/** What each class of the published list must have become. */
const BY_CLASS: Record<string, readonly [outcome: string, category: string | null]> = {
  success: ['done', null],
  action_required: ['action_required', null],
  pending: ['pending', null],
  partial: ['unrecognized', null],
  merchant_error: ['not_processed', 'merchant_error'],
  config_error: ['not_processed', 'configuration'],
  declined_soft: ['declined', 'soft_decline'],
  declined_soft_sca: ['declined', 'soft_decline'],
  declined_hard: ['declined', 'hard_decline'],
  declined_authentication: ['declined', 'authentication'],
  declined_risk: ['declined', 'risk'],
  abandoned: ['declined', 'abandoned'],
  technical_error: ['failed', 'technical'],
  unknown_pending: ['pending', 'technical'],
}

test('all 71 published codes are there and no other', () => {
  expect([...EXEC_CODES.keys()].toSorted()).toEqual(listed.codes.map(({ code }) => code).toSorted())
  expect(EXEC_CODES.size).toBe(71)
})

describe.each(listed.codes)('$code ($class)', ({ code, class: published, terminal }) => {
  test('outcome, category, finality', () => {
    // Two codes say "later" and belong to the merchant's side in one case and to the account in the other.
    const retryable = code === '2017' ? 'merchant_error' : 'config_error'
    const [outcome, category] = BY_CLASS[published === 'retryable_error' ? retryable : published]!
    expect(outcomeOf(code)).toBe(outcome)
    expect(EXEC_CODES.get(code)).toMatchObject({ category, final: terminal })
    expect(reasonOf(code)?.category ?? null).toBe(category)
  })

  test('retry advice wherever there is a reason', () => {
    expect(EXEC_CODES.get(code)!.retry === null).toBe(code.startsWith('0'))
  })
})

test('retry advice that decides about money or about work', () => {
  const retry = (code: string) => EXEC_CODES.get(code)!.retry
  expect(['2017', '2006', '3004', '4001', '4002', '5001', '5002', '5003', '5005'].map(retry)).toEqual(
    Array(9).fill('later'),
  )
  expect(['5004', '5006', '4003', '4007', '4018', '4019', '6003'].map(retry)).toEqual(Array(7).fill('never'))
  expect(['4008', '4020'].map(retry)).toEqual(['with_authentication', 'with_authentication'])
  expect(['1003', '2002', '2003', '2004', '3001', '3002', '3003'].map(retry)).toEqual(
    Array(7).fill('after_fix'),
  )
})

test.each([
  ['1999', 'not_processed'],
  ['2999', 'not_processed'],
  ['3999', 'not_processed'],
  ['4999', 'declined'],
  ['6999', 'declined'],
  ['0999', 'unrecognized'],
  ['5999', 'unrecognized'],
  ['7000', 'unrecognized'],
  ['0', 'unrecognized'],
  ['00000', 'unrecognized'],
  [' 0000', 'unrecognized'],
  ['', 'unrecognized'],
  ['__proto__', 'unrecognized'],
  ['40010', 'unrecognized'],
])('a code that is not listed: %j is %s and never invites a retry', (code, outcome) => {
  expect(outcomeOf(code)).toBe(outcome)
  expect(reasonOf(code)?.retry ?? 'never').toBe('never')
})

test('every operation has its own word for success, and refusals of later ones leave the payment alone', () => {
  const operations = ['sale', 'authorization', 'capture', 'refund', 'void', 'credit'] as const
  expect(operations.map((operation) => typeOf('done', operation))).toEqual([
    'captured',
    'authorized',
    'captured',
    'refunded',
    'voided',
    'credited',
  ])
  expect(operations.map((operation) => typeOf('declined', operation))).toEqual([
    'declined',
    'declined',
    'capture_declined',
    'refund_declined',
    'declined',
    'declined',
  ])
  expect(typeOf('done', null)).toBe('unrecognized')
})
