import { describe, expect, it } from 'vitest'
import { providerOf } from '../../../src/providers/registry.ts'

/** Which references each provider can issue; what a client makes of an empty variable is none. */

const NONSENSE = [
  '',
  ' ',
  '0',
  '000000',
  'undefined',
  'null',
  'None',
  'NaN',
  'nil',
  'false',
  '[object Object]',
  '-',
  '1 2 3 4 5 6',
]
const SHOWN = '512345***5678~abcdefghij234567klmn'

describe.each([
  [
    'hipay',
    ['900000000001', '123456', '000001'],
    ['12345', 'A12345', '900000000001 ', '9000000000.1', '900000\n'],
  ],
  [
    'be2bill',
    ['A1', 'A-1_b', '12', 'a'.repeat(63) + '1'],
    ['1', 'A', 'A0', 'a'.repeat(64) + '1', 'A/1', 'A1\n'],
  ],
])('%s', (name, issued, others) => {
  const isReference = (text: string): boolean => providerOf(name)!.isReference(text)

  it.each(issued)('may issue %j', (text) => {
    expect(isReference(text)).toBe(true)
  })

  it.each([...NONSENSE, ...others])('never issues %j', (text) => {
    expect(isReference(text)).toBe(false)
  })

  it('takes the form in which a replaced one is shown, and nothing that only resembles it', () => {
    expect(isReference(SHOWN)).toBe(true)
    for (const text of [SHOWN.slice(0, -1), `${SHOWN}a`, SHOWN.replace('a', '1'), SHOWN.replace('~', '-')])
      expect(isReference(text)).toBe(false)
  })
})
