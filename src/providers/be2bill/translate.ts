import { bytesOf } from '../../lib/byte-text.ts'
import type { Account } from '../account.ts'
import type { StoredNotification, Translation } from '../provider.ts'
import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import { chargebackEvent, isChargeback } from './chargeback.ts'
import type { Source } from './event.ts'
import { amountOf, blankEvent, descriptionOf, statementOf } from './event.ts'
import type { Fields } from './fields.ts'
import { fieldsOfSet } from './fields.ts'
import { parseParameters } from './payload.ts'

/** Fields of which a message about a transaction has at least one. */
const TRANSACTION_FIELDS = ['TRANSACTIONID', 'ORDERID', 'EXECCODE', 'OPERATIONTYPE'] as const

/** Turn the text of one verified set into its event. */
export function translate(message: StoredNotification, account: Account): Translation {
  const set = parseParameters(bytesOf(message.content), account.ignoredQueryParameters)
  if (set.ambiguous || set.parameters.length === 0) {
    return { readable: false, detail: 'the stored text is not a parameter set' }
  }
  const fields = fieldsOfSet(set)
  fields.take('HASH')
  const source: Source = { account, witness: 'notification', receivedAt: message.receivedAt }
  if (isChargeback(fields)) {
    return { readable: true, family: 'transaction', events: [chargebackEvent(fields, source)] }
  }
  if (!TRANSACTION_FIELDS.some((name) => fields.has(name))) {
    return { readable: true, family: 'unknown', events: [] }
  }
  return { readable: true, family: 'transaction', events: [operationEvent(fields, source)] }
}

/** A notification names its own transaction and never its parent: no link is made here. */
function operationEvent(fields: Fields, source: Source): TransactionEvent {
  const operationType = fields.peek('OPERATIONTYPE')
  const event: TransactionEvent = {
    ...blankEvent(source),
    ...statementOf(fields.take('EXECCODE'), operationType),
    reference: fields.takeId('TRANSACTIONID'),
    orderId: fields.takeId('ORDERID'),
    ...amountOf(fields, 'AMOUNT'),
    ...descriptionOf(fields),
  }
  // A word that became `operation` is not kept twice; any other word is kept for people to read.
  if (event.operation !== null) fields.take('OPERATIONTYPE')
  return { ...event, extra: fields.rest() }
}
