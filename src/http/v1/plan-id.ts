import { z } from 'zod'
import type { Plan } from '../../inbox/replay/choice.ts'
import { AppError } from '../../lib/errors.ts'
import { timestamp } from './common-schemas.ts'

/** A plan of a replay travels whole: nothing of a dry run is kept. */
const PLAN = z.strictObject({
  filter: z.strictObject({
    id: z.uuid().optional(),
    state: z.enum(['processed', 'duplicate', 'parked']).optional(),
    reason: z.string().optional(),
    provider: z.string().optional(),
    account: z.string().optional(),
    from: timestamp.optional(),
    to: timestamp.optional(),
    older: z.literal(true).optional(),
  }),
  until: timestamp,
  versions: z.record(z.string(), z.int32()),
  digest: z.string(),
})

export const planIdOf = (plan: Plan): string =>
  Buffer.from(JSON.stringify(plan satisfies z.infer<typeof PLAN>)).toString('base64url')

/** Throws `invalid_request`. */
export function readPlanId(planId: string): Plan {
  const plan = PLAN.safeParse(parsed(planId))
  if (!plan.success)
    throw new AppError('invalid_request', 'planId: send the one that a dry run answered, as it is')
  const { filter, ...rest } = plan.data
  const given = Object.entries(filter).filter(([, value]) => value !== undefined)
  return { ...rest, filter: Object.fromEntries(given.toSorted(([left], [right]) => (left < right ? -1 : 1))) }
}

function parsed(planId: string): unknown {
  try {
    return JSON.parse(Buffer.from(planId, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
