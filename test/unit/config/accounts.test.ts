import { describe, expect, it } from 'vitest'
import { createAccountDirectory } from '../../../src/config/account-directory.ts'
import { parseAccounts, type AccountSources } from '../../../src/config/accounts.ts'
import { ConfigurationError } from '../../../src/config/settings.ts'
import type { Account } from '../../../src/providers/account.ts'
import { providers } from '../../../src/providers/registry.ts'

const VALUE = 'S3CRET-PASSPHRASE'
const hipay = (fields: object = {}): object => ({
  provider: 'hipay',
  account: 'shop-fr',
  test: false,
  secrets: [{ id: 'a', value: VALUE }],
  ...fields,
})
const be2bill = (fields: object = {}): object => ({
  provider: 'be2bill',
  account: 'shop-be',
  test: false,
  identifiers: ['Demo Shop'],
  secrets: [{ id: 'key', value: `${VALUE}-be` }],
  ...fields,
})

const sources = (given: Partial<AccountSources> = {}): AccountSources => ({
  providers,
  production: false,
  environment: {},
  readText: () => {
    throw new Error('no such file')
  },
  ...given,
})

const parse = (entries: unknown, given?: Partial<AccountSources>): Account[] =>
  parseAccounts(typeof entries === 'string' ? entries : JSON.stringify(entries), sources(given))

function problemsOf(entries: unknown, given?: Partial<AccountSources>): readonly string[] {
  try {
    parse(entries, given)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    expect((error as Error).message).not.toContain(VALUE)
    return (error as ConfigurationError).problems
  }
  return []
}

const fromEnvironment = { secrets: [{ id: 'a', env: 'SECRET' }] }

describe('accounts', () => {
  it('have the documented defaults', () => {
    const [account] = parse([hipay({ test: undefined })])
    expect(account).toEqual({
      provider: 'hipay',
      account: 'shop-fr',
      identifiers: [],
      ignoredQueryParameters: [],
      numericIds: false,
      keep: [],
      silence: null,
      secrets: [
        {
          id: 'a',
          value: VALUE,
          notBefore: null,
          notAfter: null,
          hashAlgorithm: 'sha256',
          identifiers: [],
          merchantIds: [],
        },
      ],
      policy: {
        responses: 'announced',
        expectations: 'optional',
        test: null,
        merchantIds: [],
        deadlines: {
          notification: 15 * 60_000,
          response: 15 * 60_000,
          expectation: 60 * 60_000,
          action: 24 * 3_600_000,
          pending: 14 * 86_400_000,
          page: 7 * 86_400_000,
        },
        callTimeout: 60_000,
        clockSkew: 10_000,
        echoedIn: null,
        pageAttempts: null,
      },
    })
  })

  it('take what they state, per secret where it differs', () => {
    const [account] = parse([
      hipay({
        merchantIds: ['1326581'],
        hashAlgorithm: 'sha512',
        secrets: [
          { id: 'a', value: 'one' },
          {
            id: 'moto',
            value: 'two',
            hashAlgorithm: 'sha1',
            merchantIds: ['00001326582'],
            notBefore: '2026-01-01T00:00:00+01:00',
            notAfter: '2026-12-31T00:00:00Z',
          },
        ],
        deadlines: { notification: '20m', pending: '3d' },
        silence: '2h',
        numericIds: true,
        responses: 'expected',
        expectations: 'required',
      }),
    ])
    expect(account?.policy).toMatchObject({
      merchantIds: ['00001326581'],
      responses: 'expected',
      expectations: 'required',
      deadlines: { notification: 20 * 60_000, response: 15 * 60_000, pending: 3 * 86_400_000 },
    })
    expect(account?.silence).toEqual({ dayMs: 2 * 3_600_000, nightMs: 2 * 3_600_000, timezone: 'UTC' })
    expect(account?.numericIds).toBe(true)
    expect(account?.secrets).toMatchObject([
      { id: 'a', hashAlgorithm: 'sha512', merchantIds: [] },
      {
        id: 'moto',
        hashAlgorithm: 'sha1',
        merchantIds: ['00001326582'],
        notBefore: new Date('2025-12-31T23:00:00Z'),
        notAfter: new Date('2026-12-31T00:00:00Z'),
      },
    ])
  })

  it('take a secret from the environment or a file', () => {
    const [account] = parse(
      [
        hipay({
          secrets: [
            { id: 'e', env: 'PASSPHRASE' },
            { id: 'f', file: '/run/secrets/f' },
          ],
        }),
      ],
      { environment: { PASSPHRASE: 'from env' }, readText: (path) => `content of ${path}` },
    )
    expect(account?.secrets.map(({ value }) => value)).toEqual(['from env', 'content of /run/secrets/f'])
  })

  it.each<[string, unknown, Partial<AccountSources> | undefined, RegExp]>([
    ['no JSON', `{"a": "${VALUE}`, undefined, /not valid JSON/],
    ['not a list', hipay(), undefined, /^accounts/],
    ['an empty list', [], undefined, /at least one account/],
    ['an unknown key of an account', [hipay({ secert: VALUE })], undefined, /secert/],
    [
      'an unknown key of a secret',
      [hipay({ secrets: [{ id: 'a', value: VALUE, pasphrase: VALUE }] })],
      undefined,
      /pasphrase/,
    ],
    ['an unknown key of the deadlines', [hipay({ deadlines: { notify: '1m' } })], undefined, /notify/],
    [
      'an unknown provider',
      [hipay({ provider: 'paypal' })],
      undefined,
      /must be one of hipay, be2bill, dalenys/,
    ],
    ['a slug with capitals', [hipay({ account: 'Shop' })], undefined, /account/],
    ['a slug with a slash', [hipay({ account: 'a/b' })], undefined, /account/],
    ['a slug of 64 characters', [hipay({ account: 'a'.repeat(64) })], undefined, /account/],
    ['no secret', [hipay({ secrets: [] })], undefined, /at least one secret/],
    ['nine secrets', [hipay({ secrets: nineSecrets() })], undefined, /secrets/],
    ['an empty secret', [hipay({ secrets: [{ id: 'a', value: '' }] })], undefined, /secret a is empty/],
    ['an empty variable', [hipay(fromEnvironment)], { environment: { SECRET: '' } }, /secret a is empty/],
    ['a variable that is not set', [hipay(fromEnvironment)], undefined, /secret a cannot be read/],
    [
      'a file that is not there',
      [hipay({ secrets: [{ id: 'a', file: '/nowhere' }] })],
      undefined,
      /secret a cannot be read/,
    ],
    [
      'an empty file',
      [hipay({ secrets: [{ id: 'a', file: '/empty' }] })],
      { readText: () => '' },
      /secret a is empty/,
    ],
    [
      'a secret without a source',
      [hipay({ secrets: [{ id: 'a' }] })],
      undefined,
      /exactly one of env, file and value/,
    ],
    [
      'a secret with two sources',
      [hipay({ secrets: [{ id: 'a', env: 'A', value: VALUE }] })],
      undefined,
      /exactly one of env, file and value/,
    ],
    [
      'two secrets of one id',
      [
        hipay({
          secrets: [
            { id: 'a', value: VALUE },
            { id: 'a', value: 'other' },
          ],
        }),
      ],
      undefined,
      /two secrets with one id/,
    ],
    ['an algorithm that no provider uses', [hipay({ hashAlgorithm: 'md5' })], undefined, /hashAlgorithm/],
    ['a merchant id as a number', [hipay({ merchantIds: [1326581] })], undefined, /merchantIds/],
    ['a merchant id of twelve digits', [hipay({ merchantIds: ['123456789012'] })], undefined, /merchantIds/],
    [
      'a merchant id of a secret that is no number',
      [hipay({ secrets: [{ id: 's', value: VALUE, merchantIds: ['shop'] }] })],
      undefined,
      /merchantIds/,
    ],
    ['a time without an offset', [hipay({ secrets: [timed('2026-12-31T00:00:00')] })], undefined, /notAfter/],
    [
      'a duration without a unit',
      [hipay({ deadlines: { notification: '15' } })],
      undefined,
      /deadlines\.notification/,
    ],
    ['a duration of nothing', [hipay({ silence: '0m' })], undefined, /silence/],
    ['a silence with a day alone', [hipay({ silence: { day: '30m' } })], undefined, /silence/],
    [
      'a silence in no time zone that there is',
      [hipay({ silence: { day: '30m', night: '6h', timezone: 'Europe/Nowhere' } })],
      undefined,
      /silence/,
    ],
    [
      'a night that may be less silent than the day',
      [hipay({ silence: { day: '6h', night: '30m', timezone: 'UTC' } })],
      undefined,
      /night is not shorter than its day/,
    ],
    ['an unknown word of responses', [hipay({ responses: 'always' })], undefined, /responses/],
    ['Be2bill without identifiers', [be2bill({ identifiers: [] })], undefined, /needs identifiers/],
    [
      'Dalenys without identifiers',
      [be2bill({ provider: 'dalenys', identifiers: [] })],
      undefined,
      /needs identifiers/,
    ],
    ['no test in production', [hipay({ ...fromEnvironment, test: undefined })], production(), /needs test/],
    ['a written secret in production', [hipay()], production(), /from env or file in production/],
    [
      'a slug used twice',
      [hipay(), hipay({ secrets: [{ id: 'b', value: 'other' }] })],
      undefined,
      /shop-fr is used twice/,
    ],
    [
      'one slug for be2bill and dalenys',
      [be2bill(), be2bill({ provider: 'dalenys' })],
      undefined,
      /shop-be is used twice/,
    ],
  ])('refuse %s', (_what, entries, given, expected) => {
    const problems = problemsOf(entries, given)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(expected)
  })

  it('may use one slug for HiPay and for Be2bill', () => {
    expect(problemsOf([hipay({ account: 'shop' }), be2bill({ account: 'shop' })])).toEqual([])
  })

  it('list every problem at once, whatever its kind and account', () => {
    const problems = problemsOf([
      hipay({ merchantIds: [5], unknown: true }),
      be2bill({ identifiers: [] }),
      hipay({ account: 'other', secrets: [{ id: 'x', value: '' }] }),
      be2bill({ provider: 'dalenys' }),
    ])
    const text = problems.join('\n')
    for (const expected of [
      'accounts[0].merchantIds[0]',
      'unknown',
      'account be2bill/shop-be: needs identifiers',
      'secret x is empty',
      'shop-be is used twice',
    ]) {
      expect(text).toContain(expected)
    }
    expect(problems).toHaveLength(5)
  })
})

describe('two HiPay accounts that share a secret', () => {
  const shared = (first: object, second: object): readonly string[] =>
    problemsOf([hipay(first), hipay({ account: 'shop-de', ...second })])

  it.each<[string, object, object]>([
    ['name no merchant id', {}, {}],
    ['name one on one side only', { merchantIds: ['1'] }, {}],
    ['overlap', { merchantIds: ['1', '2'] }, { merchantIds: ['2', '3'] }],
    ['overlap once padded', { merchantIds: ['00000000001'] }, { merchantIds: ['1'] }],
  ])('are refused when they %s', (_what, first, second) => {
    expect(shared(first, second)).toEqual([
      expect.stringMatching(/shop-fr.*shop-de.*share a secret.*merchantIds/),
    ])
  })

  it('are told apart by merchant ids that differ', () => {
    expect(shared({ merchantIds: ['1'] }, { merchantIds: ['2'] })).toEqual([])
  })

  it('are told apart by the narrower merchant ids of the secret itself', () => {
    const narrowed = (id: string): object => ({ secrets: [{ id: 'moto', value: VALUE, merchantIds: [id] }] })
    expect(shared(narrowed('1'), narrowed('2'))).toEqual([])
    expect(shared(narrowed('1'), narrowed('1'))).toHaveLength(1)
    expect(
      shared({ merchantIds: ['1'], ...narrowed('9') }, { merchantIds: ['2'], ...narrowed('9') }),
    ).toHaveLength(1)
  })

  it('are the only ones: Be2bill tells its accounts apart by IDENTIFIER', () => {
    expect(problemsOf([be2bill(), be2bill({ account: 'second', identifiers: ['Other'] })])).toEqual([])
  })
})

describe('account directory', () => {
  const directory = createAccountDirectory(
    parse([
      hipay({ account: 'shop' }),
      be2bill({ account: 'shop' }),
      be2bill({ provider: 'dalenys', account: 'two' }),
    ]),
    providers,
  )

  it('finds an account by either word of its name space, and the stored word stays', () => {
    expect(directory.find('hipay', 'shop')?.provider).toBe('hipay')
    expect(directory.find('dalenys', 'shop')?.provider).toBe('be2bill')
    expect(directory.find('be2bill', 'two')?.provider).toBe('dalenys')
    expect(directory.find('hipay', 'two')).toBeUndefined()
    expect(directory.find('nobody', 'shop')).toBeUndefined()
    expect(directory.find('__proto__', 'constructor')).toBeUndefined()
  })

  it('swaps all accounts at once', () => {
    const next = createAccountDirectory(parse([hipay()]), providers)
    next.replace(parse([be2bill()]))
    expect(next.find('hipay', 'shop-fr')).toBeUndefined()
    expect(next.all().map(({ account }) => account)).toEqual(['shop-be'])
  })
})

function nineSecrets(): object[] {
  return Array.from({ length: 9 }, (_, index) => ({ id: String(index), value: `${VALUE}${String(index)}` }))
}

function timed(notAfter: string): object {
  return { id: 'a', value: VALUE, notAfter }
}

function production(): Partial<AccountSources> {
  return { production: true, environment: { SECRET: VALUE } }
}
