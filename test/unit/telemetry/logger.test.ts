import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { createLogger, describeError } from '../../../src/telemetry/logger.ts'

function logged(write: (logger: ReturnType<typeof createLogger>) => void, level = 'trace'): string {
  const lines: string[] = []
  write(createLogger({ level, destination: { write: (line) => lines.push(line) } }))
  return lines.join('')
}

/** As PostgreSQL words it: the row is in the detail, the statement in the position, the function in where. */
function databaseError(): pg.DatabaseError {
  const error = new pg.DatabaseError('duplicate key value MARK-message violates', 100, 'error')
  return Object.assign(error, {
    severity: 'ERROR',
    code: '23505',
    detail: 'Key (order_id)=(MARK-detail) already exists.',
    hint: 'MARK-hint',
    where: 'MARK-where',
    internalQuery: 'MARK-query',
  })
}

const nested = (cause: unknown): Error => new Error('outer', { cause: new Error('middle', { cause }) })

describe('logger', () => {
  it('writes JSON lines with an ISO time and neither host nor process id', () => {
    const line = JSON.parse(
      logged((logger) => {
        logger.info({ a: 1 }, 'hello')
      }),
    ) as Record<string, unknown>
    expect(line).toEqual({ level: 'info', time: expect.any(String) as string, a: 1, msg: 'hello' })
    expect(line['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
  })

  it('keeps to its level', () => {
    expect(
      logged((logger) => {
        logger.info('x')
      }, 'warn'),
    ).toBe('')
  })

  it.each([
    'authorization',
    'x-allopass-signature',
    'signature',
    'secret',
    'secrets',
    'value',
    'content',
    'body',
  ])('never shows %s, at any of three depths', (name) => {
    const held = { [name]: 'MARK' }
    const text = logged((logger) => {
      logger.info(held)
      logger.info({ headers: held })
      logger.info({ request: { headers: held } })
      logger.child(held).info('child')
    })
    expect(text).not.toContain('MARK')
    expect(text).toContain('[redacted]')
  })

  it.each<[string, unknown]>([
    ['by itself', databaseError()],
    ['as a cause', new Error('not stored', { cause: databaseError() })],
    ['as the cause of a cause', nested(databaseError())],
    [
      'from Prisma',
      Object.assign(new Error('MARK in a where clause'), {
        name: 'PrismaClientKnownRequestError',
        code: 'P2002',
      }),
    ],
    [
      'from Prisma, as a cause',
      nested(Object.assign(new Error('MARK'), { name: 'PrismaClientUnknownRequestError' })),
    ],
  ])('shows of a database error %s its name and code alone', (_how, error) => {
    const text = logged((logger) => {
      logger.error({ error }, 'failed')
      logger.error({ err: error }, 'failed')
      logger.error(error as Error)
    })
    expect(text).not.toContain('MARK')
    expect(JSON.stringify(describeError(error))).not.toContain('MARK')
    expect(text).toMatch(/23505|P2002|PrismaClientUnknownRequestError/)
  })

  it('shows of other errors what helps to find them', () => {
    const error = nested(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }))
    expect(describeError(error)).toMatchObject({
      name: 'Error',
      message: 'outer',
      stack: expect.stringContaining('logger.test.ts') as string,
      cause: { message: 'middle', cause: { message: 'refused', code: 'ECONNREFUSED' } },
    })
  })

  it.each([
    ['text', 'MARK', 'string'],
    ['an object', { detail: 'MARK' }, 'object'],
    ['nothing', undefined, 'undefined'],
  ])('shows of %s that was thrown only its type', (_what, thrown, type) => {
    expect(describeError(thrown)).toEqual({ name: 'NonError', message: type })
    expect(describeError(new Error('x', { cause: thrown }))).not.toHaveProperty('cause.detail')
  })

  it('describes an error that is its own cause', () => {
    const error = new Error('turning')
    error.cause = error
    expect(describeError(error)).toMatchObject({ message: 'turning' })
  })
})
