import { curve, figure, type Panel } from './panels.ts'

/** Every replica shows what the database says: the largest stands for all of them. */
export const NEEDS_YOU: Panel[] = [
  figure({
    title: 'Money at risk',
    description: 'Open discrepancies without those of test accounts, minor units of each currency',
    unit: 'short',
    queries: [
      [
        'sum by (currency) (max by (provider, account, class, test, currency) (receiver_open_discrepancy_amount{test!="true"}))',
        '{{currency}}',
      ],
    ],
  }),
  figure({
    title: 'Open discrepancies',
    description: 'Without those of test accounts',
    unit: 'short',
    queries: [
      ['sum(max by (provider, account, class, test) (receiver_open_discrepancies{test!="true"}))', 'open'],
    ],
  }),
  figure({
    title: 'Pending messages',
    description: 'Stored and not yet processed',
    unit: 'short',
    queries: [['max(receiver_inbox_pending_messages)', 'pending']],
  }),
  figure({
    title: 'Oldest pending',
    description: 'How long the oldest of them has waited; 0: none is pending',
    unit: 's',
    queries: [
      [
        '(time() - (max(receiver_inbox_oldest_pending_timestamp_seconds) > 0)) or max(receiver_inbox_oldest_pending_timestamp_seconds)',
        'waits',
      ],
    ],
  }),
  figure({
    title: 'Parked in a day',
    description: 'Verified messages that were stored and not translated',
    unit: 'short',
    queries: [['sum(increase(receiver_messages_processed_total{state="parked"}[1d]))', 'parked']],
  }),
  figure({
    title: 'Never heard',
    description: 'Accounts of the accounts file that never sent a notification',
    unit: 'short',
    queries: [
      [
        'count(max by (provider, account) (receiver_last_notification_timestamp_seconds) == 0) or vector(0)',
        'accounts',
      ],
    ],
  }),
]

export const MONEY: Panel[] = [
  curve({
    title: 'Payments by reconciliation',
    description: 'All to date, without those of test accounts',
    unit: 'short',
    queries: [
      [
        'sum by (reconciliation) (max by (provider, account, reconciliation, test) (receiver_transactions{test!="true"}))',
        '{{reconciliation}}',
      ],
    ],
  }),
  curve({
    title: 'Money at risk by account',
    description: 'Minor units, without test accounts',
    unit: 'short',
    queries: [
      [
        'sum by (provider, account, currency) (max by (provider, account, class, test, currency) (receiver_open_discrepancy_amount{test!="true"}))',
        '{{provider}}/{{account}} {{currency}}',
      ],
    ],
  }),
  curve({
    title: 'Open discrepancies by class',
    description: 'Without those of test accounts',
    unit: 'short',
    queries: [
      [
        'sum by (class) (max by (provider, account, class, test) (receiver_open_discrepancies{test!="true"}))',
        '{{class}}',
      ],
    ],
  }),
]
