import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { examineGiven, examineMessage, type Diagnosis } from '../../inbox/maintain/doctor.ts'
import { AppError } from '../../lib/errors.ts'
import { createTokenBucket } from '../../lib/token-bucket.ts'
import type { MessageStore } from '../../inbox/maintain/stores.ts'
import { SIGNATURE_CAUSES } from '../../providers/explanation.ts'
import type { Services } from '../../services.ts'
import { typed } from '../typed.ts'
import { account, errorResponses, provider } from './common-schemas.ts'

const ONE_OF =
  'send inboxId alone, or provider and account with body, bodyBase64 or query: what is to be examined, once'

const doctorFields = z.strictObject({
  inboxId: z
    .uuid()
    .optional()
    .describe('Of a stored or quarantined message; the other fields are left out then'),
  provider: provider.optional(),
  account: account.optional().describe('The account whose notification URL it was sent to'),
  body: z.string().optional().describe('The body of the notification as text, taken as UTF-8'),
  bodyBase64: z.base64().optional().describe('Instead of body: its exact bytes'),
  signature: z
    .string()
    .max(512)
    .optional()
    .describe(
      'HiPay: the value of X-Allopass-Signature. Be2bill and Dalenys: left out, HASH stands in the set',
    ),
  query: z.string().optional().describe('The query of the notification, without its question mark'),
})

type DoctorBody = z.infer<typeof doctorFields>

function isOneQuestion(body: DoctorBody): boolean {
  const { inboxId, ...given } = body
  if (inboxId !== undefined) return Object.values(given).every((value) => value === undefined)
  const isNamed = given.provider !== undefined && given.account !== undefined
  const hasBody = given.body !== undefined || given.bodyBase64 !== undefined
  const isTwice = given.body !== undefined && given.bodyBase64 !== undefined
  return isNamed && !isTwice && (hasBody || given.query !== undefined)
}

/** A message by its id, or as a person copied it. */
export const doctorBody = doctorFields.refine(isOneQuestion, ONE_OF).meta({
  examples: [
    { inboxId: '01980000-0000-7000-8000-000000000000' },
    {
      provider: 'hipay',
      account: 'shop-fr',
      body: 'status=118&transaction_reference=900000000001',
      signature: '0'.repeat(64),
    },
  ],
})

const diagnosisSchema = z
  .object({
    verified: z.boolean().describe('Whether the signature verifies with the accounts file of today'),
    cause: z
      .enum(SIGNATURE_CAUSES)
      .nullable()
      .describe(
        'Proven: with this undone, the secret did sign it. wrong_secret: nothing that was tried explains it. null: it verifies, or has no signature that could be compared',
      ),
    secretId: z.string().nullable().describe('The secret that signed it; null: none is known to have'),
    remedy: z.string().describe('One sentence: what is wrong and which setting mends it'),
  })
  .meta({
    examples: [
      {
        verified: false,
        cause: 'wrong_algorithm',
        secretId: 'first',
        remedy: 'The signature is made with sha1, and secret first of hipay/shop-fr is set to sha256: …',
      },
    ],
  })

type DoctorOptions = Pick<
  Services<{ messages: MessageStore }>,
  'stores' | 'accounts' | 'clock' | 'metrics' | 'logger'
>

/** Limit over all keys: one examination costs as much as hundreds of notifications, which must not wait for it. */
const LOOKS = { burst: 20, perSecond: 5 }

/** Looks, and accepts nothing: what it was asked about is neither stored nor processed by it. */
export async function doctorRoutes(app: FastifyInstance, options: DoctorOptions): Promise<void> {
  const looks = createTokenBucket({ ...LOOKS, now: () => options.clock.now().getTime() })
  typed(app).post(
    '/v1/doctor',
    {
      config: { role: 'operate' },
      schema: {
        summary: 'Why a signature does not verify, and which setting mends it',
        description:
          'Examines a quarantined message, or one copied from a back office or a log. Nothing is accepted, stored or processed by it; the log keeps that the key asked.',
        tags: ['operate'],
        body: doctorBody,
        response: { 200: diagnosisSchema, ...errorResponses },
      },
    },
    async (request) => {
      if (!looks.take())
        throw new AppError(
          'too_many_requests',
          'Signatures are examined five a second; wait, and ask again',
          {
            headers: { 'retry-after': '1' },
          },
        )
      const { about, diagnosis } = await examine(options, request.body)
      note(options, request, about, diagnosis)
      return diagnosis
    },
  )
}

async function examine(
  options: DoctorOptions,
  body: DoctorBody,
): Promise<{ about: object; diagnosis: Diagnosis }> {
  const { inboxId, provider = '', account = '', query = '', signature = null } = body
  if (inboxId !== undefined) {
    const { provider: of, account: its, ...diagnosis } = await examineMessage(options, inboxId)
    return { about: { inboxId, provider: of, account: its }, diagnosis }
  }
  const given = { provider, account, query, signature, body: bytesOf(body) }
  return { about: { provider, account }, diagnosis: examineGiven(options, given) }
}

const bytesOf = ({ body = '', bodyBase64 }: DoctorBody): Buffer =>
  bodyBase64 === undefined ? Buffer.from(body, 'utf8') : Buffer.from(bodyBase64, 'base64')

/** Logs the key, the message's id and the outcome; never content. */
function note(
  { metrics, logger }: DoctorOptions,
  { caller, id: requestId }: FastifyRequest,
  about: object,
  { verified, cause }: Diagnosis,
): void {
  const outcome = verified ? 'verified' : cause === null || cause === 'wrong_secret' ? 'unexplained' : cause
  metrics.examined.inc({ outcome })
  logger.info({ ...about, key: caller, outcome, requestId }, 'signature examined')
}
