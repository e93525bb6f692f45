import type { Patience } from '../../lib/batch.ts'
import { AppError } from '../../lib/errors.ts'
import type { Services } from '../../services.ts'

/** Of a message: what is not committed by then is answered without it. */
export interface Deadline extends Pick<Services, 'clock'> {
  acknowledgeTimeoutMs: number
}

/** The provider must not wait for ever; what is committed after all is met again as a duplicate. */
export async function withinDeadline<T>(
  { clock, acknowledgeTimeoutMs }: Deadline,
  work: (patience: Patience) => Promise<T>,
): Promise<T> {
  const patience: Patience = { isOver: false }
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(acknowledgeTimeoutMs, () => {
      patience.isOver = true
      reject(new AppError('acknowledge_timeout', 'The message was not stored in time; send it again'))
    })
    work(patience).then(resolve, reject).finally(cancel)
  })
}
