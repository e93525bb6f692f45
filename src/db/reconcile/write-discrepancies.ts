import type { Discrepancy } from '../../domain/reconciliation/transaction.ts'
import type { OpenDiscrepancy, ReopenedDiscrepancy } from '../../inbox/reconcile/stores.ts'
import type { AccountScope } from '../../domain/records.ts'
import { columns } from '../unnest-parameters.ts'
import { keyText, type Key } from '../keys.ts'
import type { LastStatement } from '../pool.ts'
import { CLOSE_DISCREPANCIES, OPEN_DISCREPANCIES } from './save-discrepancies.sql.ts'

export type ComputedDiscrepancy = Discrepancy & AccountScope

export interface DiscrepancyChanges {
  /** Whose discrepancies the computed ones replace; what else is saved was only read along. */
  transactions: readonly Key[]
  orders: readonly Key[]
  computed: readonly ComputedDiscrepancy[]
  saved: readonly OpenDiscrepancy[]
  /** Keys that an operator has spoken about. */
  resolved: readonly Key[]
}

/** Who hears of those that open again. */
export interface Opening {
  now: Date
  newId: () => string
  onReopened: (reopened: ReopenedDiscrepancy[]) => void
}

type OpenedRow = Omit<ReopenedDiscrepancy, 'formerId'> & Record<'formerId', string | null>

/** Close what no longer holds, open what is new, update what changed its figures; most of the time it is none of them. */
export const discrepancyStatements = (changes: DiscrepancyChanges, opening: Opening): LastStatement[] => [
  ...closing(changes, opening.now),
  ...openingNew(changes, opening),
]

function closing(changes: DiscrepancyChanges, now: Date): LastStatement[] {
  const closed = closedOf(changes)
  if (closed.length === 0) return []
  const spoken = new Set(changes.resolved.map(keyText))
  const values = columns(
    closed,
    ({ id }) => id,
    (saved) => (spoken.has(nameOf(saved)) ? 'operator' : 'evidence'),
  )
  return [{ name: 'close_discrepancies', text: CLOSE_DISCREPANCIES, values: [...values, now] }]
}

function openingNew(changes: DiscrepancyChanges, { now, newId, onReopened }: Opening): LastStatement[] {
  const opened = openedOf(changes)
  if (opened.length === 0) return []
  const onRows = (rows: unknown[]): void => {
    onReopened(
      (rows as OpenedRow[]).flatMap(({ formerId, ...row }) =>
        formerId === null ? [] : [{ ...row, formerId }],
      ),
    )
  }
  const values = openParameters(opened, now, newId)
  return [{ name: 'open_discrepancies', text: OPEN_DISCREPANCIES, values, onRows }]
}

const nameOf = ({ provider, account, key }: AccountScope & { key: string }): string =>
  keyText({ provider, account, id: key })

function closedOf({ transactions, orders, computed, saved }: DiscrepancyChanges): OpenDiscrepancy[] {
  const still = new Set(computed.map(nameOf))
  const references = new Set(transactions.map(keyText))
  const orderIds = new Set(orders.map(keyText))
  return saved.filter((row) => {
    const { provider, account, reference, orderId } = row
    const replaced =
      reference === null
        ? orderId !== null && orderIds.has(keyText({ provider, account, id: orderId }))
        : references.has(keyText({ provider, account, id: reference }))
    return replaced && !still.has(nameOf(row))
  })
}

function openedOf({ computed, saved }: DiscrepancyChanges): ComputedDiscrepancy[] {
  const before = new Map(saved.map((row) => [nameOf(row), figuresOf(row)]))
  return computed.filter((row) => before.get(nameOf(row)) !== figuresOf(row))
}

function figuresOf(row: Omit<Discrepancy, 'class' | 'field'>): string {
  const { reference, orderId, response, notification, amountAtRisk, currency, covers } = row
  return JSON.stringify([
    ...[reference, orderId, response, notification, amountAtRisk, currency],
    // The database keeps the members of an object in an order of its own.
    ...[covers.parts.map(({ id, amount }) => [id, amount]), covers.amountAtRisk],
    ...[covers.outcomes.response, covers.outcomes.notification],
  ])
}

function openParameters(
  discrepancies: readonly ComputedDiscrepancy[],
  now: Date,
  newId: () => string,
): unknown[] {
  const all = columns(
    discrepancies,
    () => newId(),
    (d) => d.key,
    (d) => d.provider,
    (d) => d.account,
    (d) => d.reference,
    (d) => d.orderId,
    (d) => d.class,
    (d) => d.field,
    (d) => JSON.stringify(d.response),
    (d) => JSON.stringify(d.notification),
    (d) => d.amountAtRisk,
    (d) => d.currency,
    (d) => JSON.stringify(d.covers),
  )
  return [...all, now]
}
