import type { Patience } from '../../lib/batch.ts'
import type { Clock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'

export interface DeadlineDeps {
  clock: Clock
  /** What is not committed by then is answered without it. */
  acknowledgeTimeoutMs: number
}

/** The provider must not wait for ever; what is committed after all is met again as a duplicate. */
export async function withinDeadline<T>(
  { clock, acknowledgeTimeoutMs }: DeadlineDeps,
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
