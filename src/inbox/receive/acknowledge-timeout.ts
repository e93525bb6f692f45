import type { Deadline } from '../../lib/deadlines.ts'
import { AppError } from '../../lib/errors.ts'
import type { Services } from '../../services.ts'

export interface AcknowledgeTimeout {
  acknowledgeTimeoutMs: number
}

/** Of a message: what is not committed by then is answered without it. If the commit succeeds later, the redelivery is a duplicate. */
export const acknowledgeDeadline = (
  { clock }: Pick<Services, 'clock'>,
  { acknowledgeTimeoutMs }: AcknowledgeTimeout,
): Deadline => ({
  clock,
  ms: acknowledgeTimeoutMs,
  passed: () => new AppError('acknowledge_timeout', 'The message was not stored in time; send it again'),
})
