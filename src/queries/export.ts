import type { ExportedDiscrepancy, ExportedPayment, ExportScope, ExportStore } from './stores.ts'

/** A row of an export, by the names of its columns: a payment, or something open that belongs to no payment. */
export type ExportRow = Record<(typeof EXPORT_COLUMNS)[number], string | number | boolean | null>

export const EXPORT_COLUMNS = [
  'kind',
  'provider',
  'account',
  'order_id',
  'reference',
  'test',
  'status',
  'reconciliation',
  'overdue',
  'currency',
  'authorized_total',
  'captured_total',
  'refunded_total',
  'charged_back_total',
  'open_discrepancies',
  'discrepancy_classes',
  'amount_at_risk',
  'unknown_at_risk',
  'first_seen_at',
  'updated_at',
] as const

/** Few enough to be held in memory, many enough to be read fast. */
const PAGE = 1_000

/** Rows of an export, out of so many that were read for them. */
export interface ExportPage {
  rows: ExportRow[]
  read: number
}

/** The payments, the oldest first, then what is open without one. `open`: only what awaits something or is in doubt. */
export async function* exportPages(
  store: ExportStore,
  { open, ...scope }: ExportScope & { open: boolean },
): AsyncGenerator<ExportPage> {
  const payments = async (last: ExportedPayment | null) => store.payments(scope, last, PAGE)
  for await (const page of pagesOf(payments))
    yield { rows: page.filter((payment) => !open || isOpen(payment)).map(paymentRow), read: page.length }
  const discrepancies = async (last: ExportedDiscrepancy | null) => store.discrepancies(scope, last, PAGE)
  for await (const page of pagesOf(discrepancies)) yield { rows: page.map(discrepancyRow), read: page.length }
}

async function* pagesOf<Row>(read: (last: Row | null) => Promise<Row[]>): AsyncGenerator<Row[]> {
  for (let last: Row | null = null; ;) {
    const page: Row[] = await read(last)
    yield page
    last = page.at(-1) ?? null
    if (page.length < PAGE) return
  }
}

const SETTLED: readonly string[] = ['matched', 'notification_only']

const isOpen = ({ openDiscrepancies, reconciliation, overdue }: ExportedPayment): boolean =>
  openDiscrepancies > 0 || overdue || !SETTLED.includes(reconciliation)

const paymentRow = (payment: ExportedPayment): ExportRow => ({
  kind: 'payment',
  provider: payment.provider,
  account: payment.account,
  order_id: payment.orderId,
  reference: payment.reference,
  test: payment.test,
  status: payment.status,
  reconciliation: payment.reconciliation,
  overdue: payment.overdue,
  currency: payment.currency,
  authorized_total: payment.authorizedTotal,
  captured_total: payment.capturedTotal,
  refunded_total: payment.refundedTotal,
  charged_back_total: payment.chargedBackTotal,
  open_discrepancies: payment.openDiscrepancies,
  discrepancy_classes: payment.discrepancyClasses.join(' '),
  amount_at_risk: payment.amountAtRisk,
  unknown_at_risk: payment.unknownAtRisk,
  first_seen_at: payment.firstSeenAt,
  updated_at: payment.updatedAt,
})

const discrepancyRow = (found: ExportedDiscrepancy): ExportRow => ({
  ...(Object.fromEntries(EXPORT_COLUMNS.map((name) => [name, null])) as ExportRow),
  kind: 'discrepancy',
  provider: found.provider,
  account: found.account,
  order_id: found.orderId,
  reference: found.reference,
  currency: found.currency,
  open_discrepancies: 1,
  discrepancy_classes: found.class,
  amount_at_risk: found.amountAtRisk,
  unknown_at_risk: found.amountAtRisk === null ? 1 : 0,
  first_seen_at: found.openedAt,
})
