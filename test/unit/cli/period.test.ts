import { InvalidArgumentError } from 'commander'
import { expect, it } from 'vitest'
import { beginning, end } from '../../../src/cli/period.ts'

it('a day is whole, and belongs to the period', () => {
  expect(beginning('2026-11-01')).toEqual(new Date('2026-11-01T00:00:00Z'))
  expect(end('2026-11-30')).toEqual(new Date('2026-12-01T00:00:00Z'))
  expect(end('2024-02-29')).toEqual(new Date('2024-03-01T00:00:00Z'))
})

it('a moment is itself, at either end', () => {
  for (const read of [beginning, end])
    expect(read('2026-11-01T10:00:00+02:00')).toEqual(new Date('2026-11-01T08:00:00Z'))
})

it.each(['yesterday', '2026-13-01', '2026-02-30', '2026-11-01T10:00:00', '01.11.2026', ''])(
  'refuses %j',
  (text) => {
    for (const read of [beginning, end]) expect(() => read(text)).toThrow(InvalidArgumentError)
  },
)
