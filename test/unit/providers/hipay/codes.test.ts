import { describe, expect, test } from 'vitest'
import {
  isStatusCode,
  meaningOf,
  operationOf,
  publicCodeOfV3,
  STATUS_CODES,
  STATUSES,
} from '../../../../src/providers/hipay/codes.ts'
import { adviceOn, REASONS } from '../../../../src/providers/hipay/reasons.ts'

describe('statuses', () => {
  test('the list and the table name the same codes', () => {
    expect(Object.keys(STATUSES).sort()).toEqual([...STATUS_CODES].sort())
  })

  test('every code that is a later money step states the authorization, and no other does', () => {
    const stating = STATUS_CODES.filter((code) => STATUSES[code].statesAuthorization)
    expect(stating).toEqual([
      ...['117', '118', '119', '124', '125', '126', '129', '134'],
      ...['165', '173', '180', '181', '182', '183'],
    ])
  })

  test('the codes that move nothing are noted, and no other', () => {
    const noted = STATUS_CODES.filter((code) => STATUSES[code].type === 'noted')
    expect(noted).toEqual([
      ...['101', '103', '104', '105', '106', '107', '108', '120', '121', '122', '123'],
      ...['131', '132', '141', '150', '160', '161'],
    ])
  })

  test.each(['', '0', '102', '127', '164', '184', '999', '0118', 'constructor', '__proto__', 'toString'])(
    '%j is unrecognized',
    (code) => {
      expect(isStatusCode(code)).toBe(false)
      expect(meaningOf(code)).toMatchObject({
        type: 'unrecognized',
        operation: null,
        statesAuthorization: false,
      })
    },
  )
})

describe('V3 status numbers', () => {
  test.each([
    ['16', '116'],
    ['18', '118'],
    ['1', '101'],
    ['30', '200'],
    ['52', '160'],
    ['53', '161'],
    ['54', '173'],
    ['55', '163'],
    ['57', '144'],
    ['66', '166'],
    ['65', '165'],
    ['69', '169'],
    ['75', '175'],
    ['77', '177'],
    ['78', '178'],
    ['80', '180'],
    ['81', '181'],
    ['34', '134'],
  ])('%s is %s', (v3, code) => {
    expect(publicCodeOfV3(v3)).toBe(code)
  })

  test.each(['2', '27', '44', '60', '63', '73', '84', '100', '-16', 'x', ''])(
    '%j leads nowhere and stays as it came',
    (code) => {
      expect(publicCodeOfV3(code)).toBe(code)
      expect(meaningOf(publicCodeOfV3(code)).type).toBe('unrecognized')
    },
  )
})

test.each([
  ['payment', 'authorization'],
  ['sale', 'authorization'],
  ['acceptChallenge', 'authorization'],
  ['deny_challenge', 'authorization'],
  ['finalize', 'authorization'],
  ['Capture', 'capture'],
  ['refund', 'refund'],
  ['cancel', 'void'],
  ['constructor', null],
  ['', null],
  [undefined, null],
])('the word %j asks for %j', (word, operation) => {
  expect(operationOf(word)).toBe(operation)
})

describe('reasons', () => {
  test('soft declines may be asked again, hard ones never', () => {
    for (const [name, category, retry] of Object.values(REASONS)) {
      if (category === 'hard_decline') expect([name, retry]).toEqual([name, 'never'])
      if (category === 'soft_decline') expect([name, retry]).not.toEqual([name, 'never'])
    }
  })

  test('what the schemes allow to be asked again is exactly what is advised', () => {
    const later = Object.keys(REASONS).filter((code) => adviceOn(code).retry === 'later')
    expect(later).toEqual([
      ...['1000008', '3000201', '4000001', '4000002', '4000003', '4000004', '4000005', '4000006', '4000011'],
      ...['4010101', '4010102', '4010103', '4010305'],
    ])
  })

  test.each([
    ['4010199', 'soft_decline'],
    ['4010299', 'hard_decline'],
    ['1010502', 'merchant_error'],
    ['9999999', null],
    ['4010', null],
    ['__proto__', null],
  ])('a code of no table, %s, takes its family’s category and no advice', (code, category) => {
    expect(adviceOn(code)).toEqual({ category, retry: null })
  })
})
