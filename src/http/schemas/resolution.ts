import { z } from 'zod'
import { RESOLUTION_OUTCOMES } from '../../domain/transaction.ts'
import { withoutCardNumbers } from '../../card-data/rules.ts'

/** An operator's statement on a discrepancy. */
export const resolutionBody = z.strictObject({
  note: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .overwrite(withoutCardNumbers)
    .describe('What was found out; kept for good'),
  outcome: z
    .enum(RESOLUTION_OUTCOMES)
    .optional()
    .describe(
      'not_processed: the provider was asked, and nothing happened there; what no notification told is undone. separate_payments (of a duplicate_payment): each payment of the order is meant, later ones too',
    ),
  version: z
    .int()
    .positive()
    .optional()
    .describe(
      'Of the discrepancy as it was looked at: one that has changed since is answered 409. Left out, the statement covers what is open now; more money, another id or outcome opens it again',
    ),
})
