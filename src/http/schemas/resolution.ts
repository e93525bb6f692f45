import { z } from 'zod'
import { withoutCardNumbers } from '../../lib/card-data.ts'

/** An operator's word on a discrepancy. */
export const resolutionBody = z.strictObject({
  note: z
    .string()
    .trim()
    .min(1)
    .max(2_000)
    .overwrite(withoutCardNumbers)
    .describe('What was found out, for whoever reads this later; kept for good'),
  outcome: z
    .enum(['not_processed'])
    .optional()
    .describe('The provider was asked, and nothing happened there: what nobody has notified is undone'),
})
