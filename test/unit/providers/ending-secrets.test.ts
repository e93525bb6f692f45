import { expect, it } from 'vitest'
import { endingSecrets, type AccountSecret } from '../../../src/providers/account.ts'
import { accountWith, secret } from './hipay/account.ts'

const END = new Date('2026-05-01T00:00:00Z')
const later = new Date('2026-06-01T00:00:00Z')
const ends = (changes: Partial<AccountSecret> = {}): AccountSecret =>
  secret({ id: 'ends', notAfter: END, ...changes })

it.each<[string, boolean, AccountSecret[]]>([
  ['alone', false, [ends()]],
  ['beside one without an end', true, [ends(), secret({ id: 'next' })]],
  ['beside one that ends later', true, [ends(), secret({ id: 'next', notAfter: later })]],
  ['beside one that ends with it', false, [ends(), secret({ id: 'next', notAfter: END })]],
  ['beside one that begins later', false, [ends(), secret({ id: 'next', notBefore: later })]],
  ['beside one that begins as it ends', true, [ends(), secret({ id: 'next', notBefore: END })]],
  [
    'beside one of other identifiers',
    false,
    [ends({ identifiers: ['A', 'B'] }), secret({ id: 'next', identifiers: ['A'] })],
  ],
  [
    'beside one of its identifiers',
    true,
    [ends({ identifiers: ['A'] }), secret({ id: 'next', identifiers: ['B', 'A'] })],
  ],
  ['of any identifier beside one of some', false, [ends(), secret({ id: 'next', identifiers: ['A'] })]],
  [
    'of one merchant beside one of another',
    false,
    [ends({ merchantIds: ['1'] }), secret({ id: 'next', merchantIds: ['2'] })],
  ],
])('a secret that ends is replaced or not: %s', (_what, isReplaced, secrets) => {
  const [first] = endingSecrets(accountWith(...secrets))
  expect(first).toMatchObject({ secret: { id: 'ends' }, notAfter: END, isReplaced })
})

it('a secret without an end is not listed', () => {
  expect(endingSecrets(accountWith(secret()))).toEqual([])
})
