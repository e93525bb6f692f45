import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import type { ChargebackStage, EventType } from '../../domain/event/vocabulary.ts'
import type { Source } from './event.ts'
import { amountOf, blankEvent, descriptionOf } from './event.ts'
import type { Fields } from './fields.ts'

/** Fields that only a chargeback notification has; it carries no EXECCODE of its own. */
export const CHARGEBACK_FIELDS = ['CHARGEBACKDATE', 'CHARGEBACKTYPE', 'CHARGEBACKSTATUS'] as const

/** Stages by CHARGEBACKSTATUS. The compliance stages are no steps of a dispute. */
const STAGES: ReadonlyMap<string, ChargebackStage> = new Map([
  ['retrieval request', 'retrieval_request'],
  ['first chargeback', 'first_chargeback'],
  ['representment', 'representment'],
  ['first chargeback cancellation', 'first_cancellation'],
  ['second chargeback', 'second_chargeback'],
  ['second chargeback cancellation', 'second_cancellation'],
  ['pre-arbitration', 'pre_arbitration'],
  ['arbitration', 'arbitration'],
])

/** Stages that do not take money away; every other one, known or not, is counted as taken. */
const TYPE_BY_STAGE: Partial<Record<ChargebackStage, EventType>> = {
  retrieval_request: 'noted',
  representment: 'chargeback_reversed',
  first_cancellation: 'chargeback_reversed',
  second_cancellation: 'chargeback_reversed',
}

export function isChargeback(fields: Fields): boolean {
  return CHARGEBACK_FIELDS.some((name) => fields.has(name))
}

/** A dispute about the payment that TRANSACTIONID names: chargebacks have no identifier of their own. */
export function chargebackEvent(fields: Fields, source: Source): TransactionEvent {
  const status = fields.take('CHARGEBACKSTATUS')
  const stage = stageOf(status, fields)
  const event: TransactionEvent = {
    ...blankEvent(source),
    operation: 'chargeback',
    type: (stage && TYPE_BY_STAGE[stage]) ?? 'charged_back',
    reference: fields.takeId('TRANSACTIONID'),
    orderId: fields.takeId('ORDERID'),
    ...amountOf(fields, 'CHARGEBACKAMOUNT'),
    ...descriptionOf(fields),
    providerCode: fields.take('EXECCODE'),
    providerState: status,
    chargeback: { date: dateOf(fields), stage, code: fields.take('CHARGEBACKCODE') },
  }
  return { ...event, extra: fields.rest() }
}

/** CHARGEBACKTYPE is coarser than CHARGEBACKSTATUS and is read only when the latter is missing. */
function stageOf(status: string | null, fields: Fields): ChargebackStage | null {
  const word = status ?? fields.peek('CHARGEBACKTYPE') ?? ''
  return STAGES.get(word.trim().toLowerCase().replace(/\s+/g, ' ')) ?? null
}

/** YYYY-MM-DD; a date written otherwise stays among the other fields. */
function dateOf(fields: Fields): string | null {
  return /^\d{4}-\d\d-\d\d$/.test(fields.peek('CHARGEBACKDATE') ?? '') ? fields.take('CHARGEBACKDATE') : null
}
