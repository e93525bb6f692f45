import { z } from 'zod'
import { AMOUNT_MAX } from '../../domain/event/minor-units.ts'
import { withoutCardNumbers } from '../../card-data/rules.ts'
import { ID_LENGTH_MAX, KEPT_LENGTH_MAX } from '../../card-data/identifiers.ts'

/** Fields that several calls share. */

/** PostgreSQL holds neither U+0000 nor half of a surrogate pair; no id needs them. Counted in characters, not code units. */
const id = (max: number) =>
  z
    .string()
    .min(1)
    .refine((text) => [...codePoints(text)].length <= max, `must have at most ${max} characters`)
    .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must not hold U+0000 or half a character')
    .meta({ maxLength: max })

const codePoints = (text: string): Iterable<string> => text

/** A word that is stored or answered: a card number in it is masked, as in a message. */
export const word = (max: number) => id(max).overwrite(withoutCardNumbers)

export const provider = word(32).describe('As the accounts file spells it: hipay, be2bill …')
export const account = word(63)
/** Merchants put slashes and spaces into order ids. What may be a card number is replaced before it is kept, as in messages. */
export const orderId = id(ID_LENGTH_MAX)
export const reference = id(ID_LENGTH_MAX)
/** The inbox refuses a reference that the provider cannot have issued, the empty text included, as `invalid_reference`. */
export const parentReference = z.literal('').or(reference)
/** The merchant's own id of one call. */
export const operationId = id(ID_LENGTH_MAX)
/** Ids in a query: the original, or its replacement as it is shown. */
export const givenOrderId = id(KEPT_LENGTH_MAX).describe('As it was given to the provider, or as it is shown')
export const givenReference = id(KEPT_LENGTH_MAX).describe('As the provider gave it, or as it is shown')
/** A provider's word for what was asked: payment, capture … */
export const operation = word(32)
/** Integer minor units of the currency. */
export const minorUnits = z
  .int()
  .nonnegative()
  .max(AMOUNT_MAX, `must be at most ${AMOUNT_MAX}, counted in minor units: 1999 is 19.99 EUR`)
/** In a query; an empty text is no amount. */
export const amountQuery = z
  .string()
  .regex(/^\d{1,16}$/, 'must be a whole number of minor units, for example 1999 for 19.99 EUR')
  .transform(Number)
  .pipe(minorUnits)
export const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as EUR')
/** RFC 3339 knows a year 0, PostgreSQL does not. */
export const timestamp = z.iso
  .datetime({ offset: true })
  .refine((text) => !text.startsWith('0000'), 'must be a year from 0001 on')

/** The same, read. */
export const instant = timestamp.transform((text) => new Date(text))

/** Fields of answers; null: no message states them. */
export const textOrNull = z.string().nullable()
export const amountOrNull = z
  .int()
  .nullable()
  .describe('Minor units; null: never stated, or too large to be exact')

/** Query strings have no booleans. */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')

export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(200).default(50).describe('At most this many items, up to 200'),
  cursor: z.string().max(4_096).optional().describe('`nextCursor` of the page before'),
}

/** The query of a list: the filters that the read side has, all of them and no other. */
export type ListQuery<Filter> = Record<keyof Filter | keyof typeof pageQuery, z.ZodType>

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
  429: problemSchema,
  503: problemSchema,
}
