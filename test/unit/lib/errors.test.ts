import { describe, expect, it } from 'vitest'
import { AppError, ERROR_CODES, problem, retryAfterSeconds, type ErrorCode } from '../../../src/lib/errors.ts'

const codes = Object.keys(ERROR_CODES) as ErrorCode[]

describe('errors', () => {
  it.each(codes)('%s is snake_case, has a title and a status of an answer', (code) => {
    const { status, title } = ERROR_CODES[code]
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/)
    expect(title).toMatch(/^[A-Z].*[^.]$/)
    expect(status === 200 || (status >= 400 && status <= 503)).toBe(true)
  })

  it('tell to come back exactly where that helps: every 503 and 429, nothing else', () => {
    for (const code of codes) {
      const { status } = ERROR_CODES[code]
      const seconds = retryAfterSeconds(code)
      expect(seconds !== undefined, code).toBe(status === 503 || status === 429)
      if (seconds !== undefined) expect(Number.isInteger(seconds) && seconds > 0).toBe(true)
    }
  })

  it('are problems of RFC 9457 on the wire', () => {
    expect(problem('unknown_order', 'orderId: check it', 'r-1')).toEqual({
      type: expect.stringContaining('unknown_order') as string,
      title: ERROR_CODES.unknown_order.title,
      status: 404,
      code: 'unknown_order',
      detail: 'orderId: check it',
      requestId: 'r-1',
    })
  })

  it('carry code, status, headers and cause, the cause only where there is one', () => {
    const cause = new Error('inner')
    const error = new AppError('too_many_requests', 'slow down', { cause, headers: { 'retry-after': '7' } })
    expect(error).toMatchObject({ status: 429, message: 'slow down', headers: { 'retry-after': '7' }, cause })
    expect(error).toBeInstanceOf(Error)
    expect('cause' in new AppError('forbidden', 'x')).toBe(false)
    expect(new AppError('forbidden', 'x').headers).toEqual({})
  })
})
