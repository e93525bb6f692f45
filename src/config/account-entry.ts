import { z } from 'zod'
import { parseDuration } from '../lib/duration.ts'
import { PERSONAL_FIELDS } from '../providers/account.ts'

/** One account as the accounts file writes it: the shape alone. What accounts may not be together is told by accounts.ts. */

const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/
/** The unverified body narrows the candidates; what is left must be few enough to try them all. */
const CANDIDATES_MAX = 8

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms === null) context.addIssue({ code: 'custom', message: 'must be a duration such as 15m, 24h or 14d' })
  return ms ?? z.NEVER
})

const hashAlgorithm = z.enum(['sha1', 'sha256', 'sha512'])
const identifier = z.string().min(1).max(64)
const merchantId = z.string().min(1).max(64)

const secretSchema = z
  .strictObject({
    id: z.string().min(1).max(64),
    env: z.string().min(1).optional(),
    file: z.string().min(1).optional(),
    value: z.string().optional(),
    hashAlgorithm: hashAlgorithm.optional(),
    identifiers: z.array(identifier).default([]),
    merchantIds: z.array(merchantId).default([]),
    notBefore: z.iso.datetime({ offset: true }).optional(),
    notAfter: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(
    (secret) => [secret.env, secret.file, secret.value].filter((source) => source !== undefined).length === 1,
    {
      error: 'must name exactly one of env, file and value',
    },
  )

const timezone = z.string().refine(isTimezone, 'must be the name of a time zone, such as Europe/Paris')

function isTimezone(timeZone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone })
    return true
  } catch {
    return false
  }
}

/** One duration for day and night, or one for each. */
const silence = z.union(
  [
    duration.transform((ms) => ({ dayMs: ms, nightMs: ms, timezone: 'UTC' })),
    z
      .strictObject({ day: duration, night: duration, timezone })
      .refine(({ day, night }) => night >= day, 'night must not be shorter than day')
      .transform(({ day, night, timezone: zone }) => ({ dayMs: day, nightMs: night, timezone: zone })),
  ],
  'must be a duration such as 30m, or { "day": "30m", "night": "6h", "timezone": "Europe/Paris" } whose night is not shorter than its day',
)

/** Durations become milliseconds, and what is left out gets its default. */
export const accountSchema = z.strictObject({
  provider: z.string(),
  account: z.string().regex(SLUG, 'must be lower-case letters, digits and dashes'),
  test: z.boolean().optional(),
  merchantIds: z.array(merchantId).default([]),
  identifiers: z.array(identifier).default([]),
  hashAlgorithm: hashAlgorithm.default('sha256'),
  secrets: z.array(secretSchema).min(1, 'must hold at least one secret').max(CANDIDATES_MAX),
  responses: z.enum(['expected', 'announced', 'none']).default('announced'),
  expectations: z.enum(['optional', 'required']).default('optional'),
  deadlines: z
    .strictObject({
      notification: duration.default(15 * 60_000),
      response: duration.default(15 * 60_000),
      expectation: duration.default(60 * 60_000),
      action: duration.default(24 * 3_600_000),
      pending: duration.default(14 * 86_400_000),
      // HiPay's default validity of a payment page; its time_limit_to_pay may set up to 24 days.
      page: duration.default(7 * 86_400_000),
    })
    .prefault({}),
  // HiPay's own clients wait 60 s for an answer, Be2bill's 30 s.
  callTimeout: duration.default(60_000),
  // More than servers that keep time by NTP differ, and less than two calls of one order lie apart.
  clockSkew: duration.default(10_000),
  pageAttempts: z.int().min(1).max(1_000).optional(),
  echoedIn: z.string().min(1).max(100).optional(),
  silence: silence.optional(),
  ignoredQueryParameters: z.array(z.string().min(1)).default([]),
  numericIds: z.boolean().default(false),
  keep: z.array(z.enum(PERSONAL_FIELDS)).default([]),
})

export type AccountEntry = z.infer<typeof accountSchema>
export type SecretEntry = AccountEntry['secrets'][number]
