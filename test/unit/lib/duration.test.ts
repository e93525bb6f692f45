import { describe, expect, it } from 'vitest'
import { parseDuration } from '../../../src/lib/duration.ts'

describe('duration', () => {
  it.each([
    ['1s', 1_000],
    ['30s', 30_000],
    ['15m', 900_000],
    ['24h', 86_400_000],
    ['14d', 1_209_600_000],
    ['999999d', 86_399_913_600_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    '',
    '15',
    'm',
    '0m',
    '-1m',
    '1.5h',
    '15 m',
    '15M',
    '15m ',
    '1m30s',
    '01m',
    '1000000s',
    '1e3s',
    '１m',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeNull()
  })
})
