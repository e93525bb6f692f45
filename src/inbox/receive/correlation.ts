import { AppError } from '../../lib/errors.ts'
import type { ConfiguredAccount } from '../../providers/account-directory.ts'
import type { ResponseEnvelope, StoredResponse } from '../../providers/provider.ts'

/** What a forwarded response is about: the transaction that it names, the one that the call acted on, the order. */
export interface ResponseLinks {
  reference: string | null
  parentReference: string | null
  orderId: string | null
}

/** Read before the response is stored, only to tell the caller what is missing while the caller can still add it. */
export function linksOf({ account, provider }: ConfiguredAccount, response: StoredResponse): ResponseLinks {
  const { envelope } = response
  const translation = provider.translateResponse(response, account)
  const events = translation.readable ? translation.events : []
  return {
    reference: events.find((event) => event.reference !== null)?.reference ?? null,
    parentReference: envelope.parentReference ?? null,
    orderId: events.find((event) => event.orderId !== null)?.orderId ?? envelope.orderId ?? null,
  }
}

/**
 * Throws `response_not_correlatable` for a response that nothing could ever tie to a payment, or that could not be told apart
 * from a second attempt: stored, it would only seem to be taken care of (docs/transaction-lifecycle.md).
 */
export function refuseUnlessCorrelatable(
  { reference, parentReference, orderId }: ResponseLinks,
  { envelope, idempotencyKey }: { envelope: ResponseEnvelope; idempotencyKey: string | undefined },
): void {
  if (reference !== null) return
  const { operationId, receivedAt } = envelope
  if (orderId === null && parentReference === null && operationId === undefined) {
    throw new AppError(
      'response_not_correlatable',
      'The answer names no transaction: add orderId, operationId or parentReference',
    )
  }
  if (idempotencyKey === undefined && receivedAt === undefined && operationId === undefined) {
    throw new AppError(
      'response_not_correlatable',
      'The answer names no transaction, so a second attempt would look like a repetition: add receivedAt, operationId or the header Idempotency-Key',
    )
  }
}
