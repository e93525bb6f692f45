import { z } from 'zod'

/** Fields that several calls share. */

export const provider = z
  .string()
  .min(1)
  .max(32)
  .describe('As the accounts file spells it: hipay, be2bill …')
export const account = z.string().min(1).max(63)
/** Merchants put slashes and spaces into order ids; up to 255 characters. */
export const orderId = z.string().min(1).max(255)
export const reference = z.string().min(1).max(255)
/** Integer minor units of the currency. */
export const minorUnits = z.int().nonnegative()
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR')
export const timestamp = z.iso.datetime({ offset: true })

/** Query strings have no booleans. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('At most this many items, up to 200'),
  cursor: z.string().max(512).optional().describe('`nextCursor` of the page before'),
}

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.string(),
    requestId: z.string(),
  })
  .describe('RFC 9457 problem; `code` is listed in docs/failure-modes.md')

/** `?wait=20&until=matched`: hold the answer until it is true or the time is up. */
export const holdQuery = {
  wait: z.coerce.number().int().min(0).max(30).default(0).describe('Seconds to hold the answer at most'),
  until: z
    .enum(['matched', 'final'])
    .default('matched')
    .describe('matched: both witnesses agree; final: nothing more is awaited'),
}

/** Error answers of every call under /v1. */
export const errorResponses = {
  400: problemSchema,
  401: problemSchema,
  403: problemSchema,
  404: problemSchema,
  503: problemSchema,
}
