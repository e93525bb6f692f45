import type { AbortFlag } from '../../lib/batch.ts'
import { AppError } from '../../lib/errors.ts'
import type { Services } from '../../services.ts'

/** Of a message: what is not committed by then is answered without it. */
export interface Deadline extends Pick<Services, 'clock'> {
  acknowledgeTimeoutMs: number
}

/** Rejects with `acknowledge_timeout` after the deadline. If the commit succeeds later, the redelivery is a duplicate. */
export async function withinDeadline<T>(
  { clock, acknowledgeTimeoutMs }: Deadline,
  work: (abort: AbortFlag) => Promise<T>,
): Promise<T> {
  const abort: AbortFlag = { aborted: false }
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(acknowledgeTimeoutMs, () => {
      abort.aborted = true
      reject(new AppError('acknowledge_timeout', 'The message was not stored in time; send it again'))
    })
    work(abort).then(resolve, reject).finally(cancel)
  })
}
