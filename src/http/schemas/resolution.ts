import { z } from 'zod'

/** An operator's word on a discrepancy. */
export const resolutionBody = z.strictObject({
  note: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .describe('What was found out, for whoever reads this later; kept for good'),
  outcome: z
    .enum(['not_processed'])
    .optional()
    .describe('The provider was asked, and nothing happened there: what nobody has notified is undone'),
})
