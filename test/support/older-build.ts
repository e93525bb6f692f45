import type { TransactionEvent } from '../../src/domain/event/transaction-event.ts'
import type { Provider, Translation } from '../../src/providers/provider.ts'
import { hipay } from '../../src/providers/hipay/index.ts'
import { be2bill } from '../../src/providers/be2bill/index.ts'

/** Builds whose translation is another one than that of today. */

type Change = (event: TransactionEvent) => TransactionEvent[]

const changed = (translation: Translation, change: Change): Translation =>
  translation.readable ? { ...translation, events: translation.events.flatMap(change) } : translation

/** Today's providers, but that this change is made to every event of HiPay. */
export const providersThat = (translationVersion: number, change: Change): Provider[] => [
  {
    ...hipay,
    translationVersion,
    translate: (message, account) => changed(hipay.translate(message, account), change),
    translateResponse: (message, account) => changed(hipay.translateResponse(message, account), change),
  },
  be2bill,
]

/** A build that has never heard of a status. What such a one makes of an unknown status is taken from today's build. */
export function providersWithout(status: string): Provider[] {
  const hidden = (content: Buffer): Buffer =>
    Buffer.from(
      content
        .toString('latin1')
        .replace(`status=${status}`, `status=${UNKNOWN}`)
        .replace(`<status>${status}<`, `<status>${UNKNOWN}<`)
        .replace(`"status":"${status}"`, `"status":"${UNKNOWN}"`),
      'latin1',
    )
  const named: Change = (event) => [
    event.providerCode === UNKNOWN ? { ...event, providerCode: status } : event,
  ]
  return [
    {
      ...hipay,
      translationVersion: 0,
      translate: (message, account) =>
        changed(hipay.translate({ ...message, content: hidden(message.content) }, account), named),
      translateResponse: (message, account) =>
        changed(hipay.translateResponse({ ...message, content: hidden(message.content) }, account), named),
    },
    be2bill,
  ]
}

const UNKNOWN = '987'
