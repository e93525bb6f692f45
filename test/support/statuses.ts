import type { EventType } from '../../src/domain/event/vocabulary.ts'
import type { Status } from '../../src/domain/reconciliation/transaction.ts'
import { at, counters, notified } from './facts.ts'

/** Facts that bring a transaction into each status, and one later fact of each type. */

/** Facts that bring a transaction into each status, all of them early. */
export const IN_STATUS: Readonly<Record<Status, ReturnType<typeof notified>[]>> = {
  created: [notified('101', { type: 'created', occurredAt: at(1) })],
  action_required: [notified('144', { occurredAt: at(1) })],
  pending: [notified('200', { occurredAt: at(1) })],
  held_for_review: [notified('112', { occurredAt: at(1), ...counters(100) })],
  authorized: [notified('116', { occurredAt: at(1), ...counters(100) })],
  partially_captured: [notified('118', { occurredAt: at(1), ...counters(100, 60) })],
  captured: [notified('118', { occurredAt: at(1), ...counters(100, 100) })],
  partially_refunded: [
    notified('118', { occurredAt: at(1), ...counters(100, 100) }),
    notified('126', { occurredAt: at(2), ...counters(100, 100, 30) }),
  ],
  refunded: [
    notified('118', { occurredAt: at(1), ...counters(100, 100) }),
    notified('125', { occurredAt: at(2), ...counters(100, 100, 100) }),
  ],
  voided: [
    notified('116', { occurredAt: at(1), ...counters(100) }),
    notified('115', { occurredAt: at(2), ...counters(100) }),
  ],
  expired: [
    notified('116', { occurredAt: at(1), ...counters(100) }),
    notified('114', { occurredAt: at(2), ...counters(100) }),
  ],
  declined: [notified('113', { occurredAt: at(1), ...counters(0) })],
  failed: [notified('x', { type: 'failed', operation: 'authorization', occurredAt: at(1) })],
  charged_back: [
    notified('118', { occurredAt: at(1), ...counters(100, 100) }),
    notified('181', { occurredAt: at(2), ...counters(100, 100) }),
  ],
  unrecognized: [notified('188', { occurredAt: at(1) })],
}

/** One later fact of each type, as HiPay would tell it of a payment of 100 of which 60 were captured. */
export const LATER: Readonly<Record<EventType, ReturnType<typeof notified>>> = {
  created: notified('101', { type: 'created' }),
  action_required: notified('140'),
  pending: notified('142'),
  held_for_review: notified('112', counters(100)),
  authentication_failed: notified('109', counters(0)),
  authorized: notified('116', counters(100)),
  declined: notified('113', counters(0)),
  expired: notified('114', counters(100)),
  void_requested: notified('175', counters(100)),
  voided: notified('115', counters(100)),
  capture_requested: notified('117', counters(100, 60)),
  captured: notified('118', counters(100, 100)),
  capture_declined: notified('173', counters(100, 60)),
  refund_requested: notified('124', counters(100, 100, 30)),
  refunded: notified('126', counters(100, 100, 30)),
  refund_declined: notified('165', counters(100, 100, 30)),
  credit_requested: notified('169'),
  credited: notified('166'),
  charged_back: notified('181', counters(100, 100)),
  chargeback_reversed: notified('x', { type: 'chargeback_reversed', operation: 'chargeback' }),
  noted: notified('120'),
  not_processed: notified('x', { type: 'not_processed', operation: 'authorization' }),
  failed: notified('x', { type: 'failed', operation: 'authorization' }),
  unrecognized: notified('188'),
}
