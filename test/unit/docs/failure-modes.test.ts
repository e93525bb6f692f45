import { describe, expect, test } from 'vitest'
import { ERROR_CODES, retryAfterSeconds, type ErrorCode } from '../../../src/lib/errors.ts'
import { readDoc, sections } from './markdown.ts'

const codes = Object.keys(ERROR_CODES) as ErrorCode[]
const headings = sections(readDoc('docs/failure-modes.md'), 2)
const documented = headings.filter(({ title }) => /^[a-z_]+$/.test(title))

test('every code has one heading, and every heading that looks like a code is one', () => {
  expect(documented.map(({ title }) => title).toSorted()).toEqual(codes.toSorted())
})

test('the headings stand in the order of the registry', () => {
  expect(documented.map(({ title }) => title)).toEqual(codes)
})

describe.each(codes)('%s', (code) => {
  const text = documented.find(({ title }) => title === code)?.text ?? ''
  const status = /^\*\*Status\*\* (.*)$/m.exec(text)?.[1] ?? ''

  test('has the status of the registry', () => {
    expect(Number(/^\d{3}\b/.exec(status)?.[0])).toBe(ERROR_CODES[code].status)
  })

  test('promises Retry-After where the registry does', () => {
    expect(status.includes('Retry-After')).toBe(retryAfterSeconds(code) !== undefined)
  })

  test('says what is seen, why, what to check and whether it comes again', () => {
    const labels = [...text.matchAll(/^- \*\*([^*]+)\*\* \S/gm)].map(([, label]) => label)
    expect(labels).toEqual(['Caller sees', 'Cause', 'Check', 'Redelivered'])
  })
})
