import { z } from 'zod'
import {
  CHARGEBACK_STAGES,
  EVENT_TYPES,
  OPERATIONS,
  REASON_CATEGORIES,
  RETRY_ADVICE,
  SCHEMA_VERSION,
  WITNESSES,
} from '../../domain/transaction-event.ts'

/**
 * The normalized event as it is published: `TransactionEvent` with the ids of its row. The source of
 * docs/transaction-event.schema.json; a test holds schema, type and what the adapters produce together.
 */

const text = z.string().nullable()
const amount = z.int().nullable()
const strings = z.record(z.string(), z.string())

const reason = z.object({
  code: text,
  message: text,
  category: z.enum(REASON_CATEGORIES).nullable(),
  retry: z.enum(RETRY_ADVICE).nullable().describe('Whether asking again can help; null: not known'),
})

const paymentMethod = z.object({
  product: text,
  brand: text,
  maskedPan: text.describe('At most the first six and the last four digits'),
  expiryMonth: text.describe('Two digits'),
  expiryYear: text.describe('Four digits'),
  issuer: text,
  country: text,
})

const threeDSecure = z.object({
  eci: text,
  enrolled: text,
  authenticationStatus: text,
  authenticationMessage: text,
  version: text,
  liabilityShift: text,
})

const fraud = z.object({ score: z.number().nullable(), result: text, review: text })
const customer = z.object({ id: text, ipCountry: text, language: text })

const schedule = z
  .object({ index: z.int(), total: z.int() })
  .describe('Position of an instalment in its plan: 2 of 3')

const chargeback = z.object({
  date: text.describe('YYYY-MM-DD'),
  stage: z.enum(CHARGEBACK_STAGES).nullable(),
  code: text,
})

const identity = {
  provider: z.string().describe('As the accounts file spells it'),
  account: z.string().describe('Slug of the merchant account'),
  witness: z.enum(WITNESSES).describe('Whose word it is'),
  type: z.enum(EVENT_TYPES).describe('The fact, in the past tense'),
  reference: text.describe('Transaction at the provider; null: an answer that names none'),
  parentReference: text.describe('Evidence that `reference` belongs to this transaction; never guessed'),
  orderId: text,
  operationId: text.describe("The merchant's own id of this operation"),
  operationReference: text.describe("Provider's reference of this money step, where it differs"),
  operation: z.enum(OPERATIONS).nullable(),
  statesAuthorization: z.boolean().describe('The fact also says that the authorization was granted'),
  channel: z.enum(['direct', 'hosted']).nullable(),
  lookup: z.boolean().describe('The merchant looked the transaction up and forwarded that: answers no call'),
  otherPayment: z.boolean().describe('The refusal says that another payment of the order exists'),
}

const money = {
  amount: amount.describe('Of this operation alone, minor units'),
  authorizedTotal: amount.describe('Cumulative per transaction, minor units'),
  capturedTotal: amount.describe('The same'),
  refundedTotal: amount.describe('The same'),
  currency: text.describe('ISO 4217'),
  invalidAmounts: z.array(z.string()).describe("Provider's fields whose amount did not parse exactly"),
}

const providersWords = {
  providerCode: text.describe('Always text: 116, 0000'),
  providerState: text,
  providerMessage: text,
  reason: reason.nullable(),
  occurredAt: z.iso.datetime().nullable().describe("Provider's clock, UTC; null: it sent none"),
  createdAt: z.iso.datetime().nullable().describe("Provider's clock: when the transaction began"),
  operationAt: z.iso.datetime().nullable().describe("Provider's clock: when this operation was made"),
  requestedAt: z.iso.datetime().nullable().describe("Merchant's clock: when the call was made"),
  answeredAt: z.iso.datetime().nullable().describe("Merchant's clock: when its answer came, or none did"),
  receivedAt: z.iso.datetime().describe('Our clock, UTC'),
  test: z.boolean().nullable(),
  merchantId: text,
}

const description = {
  paymentMethod: paymentMethod.nullable(),
  threeDSecure: threeDSecure.nullable(),
  fraud: fraud.nullable(),
  customer: customer.nullable(),
  schedule: schedule.nullable(),
  chargeback: chargeback.nullable(),
  custom: strings.describe("Echoed merchant data, by the provider's names"),
  extra: strings.describe('Fields without a home of their own, redacted; nothing decides on them'),
}

/** Exactly the fields of `TransactionEvent`. */
export const transactionEventSchema = z.object({ ...identity, ...money, ...providersWords, ...description })

/** The same with what the service adds when it publishes one. */
export const publishedEventSchema = z
  .object({
    id: z.uuid(),
    inboxId: z.uuid().describe('The message that it was drawn from'),
    schemaVersion: z.literal(SCHEMA_VERSION),
    ...transactionEventSchema.shape,
  })
  .describe('One normalized fact, drawn from one message. Null always means: the provider did not state it.')

/** JSON Schema (2020-12) of the published event. New fields may be added under the same `schemaVersion`. */
export function eventJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(publishedEventSchema, {
    // What a reader has to accept: unlike what we write, it may hold fields that this version does not know.
    io: 'input',
    override: ({ jsonSchema }) => {
      // `format` says the same, and so does "integer" as long as it is safe.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern
      if (jsonSchema.type === 'integer') {
        delete jsonSchema.minimum
        delete jsonSchema.maximum
      }
    },
  })
  return { $schema, title: 'TransactionEvent', ...schema }
}
