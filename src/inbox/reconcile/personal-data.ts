import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import type { EmailDigest } from '../../lib/email-digest.ts'
import type { Account, PersonalField } from '../../providers/account.ts'

/**
 * The event as it is stored. An adapter states what its message says of a person; of that an event keeps what the account
 * names in `keep`. The e-mail address can always be searched for, by its keyed digest.
 */
export function withoutPersonalData<Event extends TransactionEvent>(
  event: Event,
  { keep }: Pick<Account, 'keep'>,
  digestOf: EmailDigest,
): Event {
  const { customer, paymentMethod } = event
  if (customer === null && paymentMethod === null) return event
  const kept = (field: PersonalField, text: string | null): string | null =>
    keep.includes(field) ? text : null
  return {
    ...event,
    customer: unlessEmpty(
      customer && {
        ...customer,
        emailHash: customer.email === null ? null : digestOf(customer.email),
        email: kept('email', customer.email),
        ipAddress: kept('ipAddress', customer.ipAddress),
        deviceId: kept('deviceId', customer.deviceId),
      },
    ),
    paymentMethod: unlessEmpty(
      paymentMethod && { ...paymentMethod, cardHolder: kept('cardHolder', paymentMethod.cardHolder) },
    ),
  }
}

const unlessEmpty = <Parts extends object>(parts: Parts | null): Parts | null =>
  parts !== null && Object.values(parts).some((value) => value !== null) ? parts : null
