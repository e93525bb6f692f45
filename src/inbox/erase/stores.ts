import type { AuditEntry } from '../../domain/audit.ts'
import type { TransactionEvent } from '../../domain/event/transaction-event.ts'
import type { AccountScope } from '../../domain/records.ts'
import type { ReconciliationUnit } from '../reconcile/stores.ts'

/** The port of an erasure. */

/** An event as it is stored, of the current translation of its message or of a former one. */
export interface StoredFact {
  id: string
  inboxId: string
  isCurrent: boolean
  fact: Partial<TransactionEvent>
}

/** What is stored of messages. */
export interface StoredOfMessages {
  facts: StoredFact[]
  /** Messages whose body is kept and has been read. */
  bodies: string[]
  /** How many of them are queued: their bodies are still needed. */
  pending: number
}

export interface ErasureUnit extends ReconciliationUnit {
  /** What is stored of these messages, and of those that repeat one of their events. */
  storedOf(inboxIds: readonly string[]): Promise<StoredOfMessages>
  /** Write the facts as they are given, delete the bodies, and note who had it done. */
  erase(erased: Pick<StoredOfMessages, 'facts' | 'bodies'>, entry: AuditEntry): Promise<void>
}

/** Where a walk over the payments of an account has come to. */
export interface PaymentPosition {
  firstSeenAt: Date
  reference: string
}

export interface CustomerPage {
  /** Root references. */
  references: string[]
  /** Null: no payment follows. */
  next: PaymentPosition | null
}

export interface ErasureStore {
  inTransaction<T>(work: (unit: ErasureUnit) => Promise<T>): Promise<T>
  /** The next payments of the account whose customer id is one of these; `after` null: from the first one on. */
  paymentsOfCustomer(
    scope: AccountScope,
    customerIds: readonly string[],
    after: PaymentPosition | null,
  ): Promise<CustomerPage>
}
