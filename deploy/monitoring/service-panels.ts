import { curve, rows, type Panel } from './panels.ts'

export const RECEIPT: Panel[] = [
  curve({
    title: 'Notifications by outcome',
    description: 'failed: answered 5xx, the provider may send them again; rejected: 401',
    unit: 'reqps',
    queries: [['sum by (outcome) (rate(receiver_notifications_total[$__rate_interval]))', '{{outcome}}']],
  }),
  curve({
    title: 'Time to the acknowledgement',
    description: 'Of verified notifications',
    unit: 's',
    queries: ['0.5', '0.99'].map((share) => [
      `histogram_quantile(${share}, sum by (le) (rate(receiver_acknowledge_seconds_bucket[$__rate_interval])))`,
      `p${Number(share) * 100}`,
    ]),
  }),
  curve({
    title: 'Rejected notifications by reason',
    description: 'Of every account',
    unit: 'reqps',
    queries: [
      [
        'sum by (provider, account, reason) (rate(receiver_quarantined_total[$__rate_interval]))',
        '{{provider}}/{{account}} {{reason}}',
      ],
    ],
  }),
  rows({
    title: 'Accounts: seconds since the last notification',
    description: 'Decades: the account was never heard',
    unit: 's',
    queries: [['time() - max by (provider, account) (receiver_last_notification_timestamp_seconds)', '']],
  }),
  rows({
    title: 'Accounts: seconds until their silence is an alarm',
    description: 'Of accounts with the setting silence; below 0 it is one',
    unit: 's',
    queries: [['max by (provider, account) (receiver_silence_deadline_timestamp_seconds) - time()', '']],
  }),
]

export const PROCESSING: Panel[] = [
  curve({
    title: 'Messages by outcome of processing',
    description: 'duplicate: stated nothing new; parked: not translated',
    unit: 'reqps',
    queries: [['sum by (state) (rate(receiver_messages_processed_total[$__rate_interval]))', '{{state}}']],
  }),
  curve({
    title: 'Receipt to effects',
    description: 'Time from the receipt of a message to the commit of its effects',
    unit: 's',
    queries: ['0.5', '0.99'].map((share) => [
      `histogram_quantile(${share}, sum by (le) (rate(receiver_processing_lag_seconds_bucket[$__rate_interval])))`,
      `p${Number(share) * 100}`,
    ]),
  }),
  curve({
    title: 'Put off',
    description: 'Turns of messages that wait for a lock or for their account, or failed',
    unit: 'reqps',
    queries: [['sum by (reason) (rate(receiver_messages_postponed_total[$__rate_interval]))', '{{reason}}']],
  }),
  curve({
    title: 'Deadlines',
    description: 'That came, and were judged or could not be',
    unit: 'reqps',
    queries: [['sum by (outcome) (rate(receiver_deadlines_total[$__rate_interval]))', '{{outcome}}']],
  }),
  curve({
    title: 'Codes that this build does not know',
    description: 'All that were counted, by provider',
    unit: 'short',
    queries: [['sum by (provider, code) (receiver_unrecognized_total)', '{{provider}} {{code}}']],
  }),
  curve({
    title: 'Pending messages',
    description: 'Stored and not yet processed',
    unit: 'short',
    queries: [['max(receiver_inbox_pending_messages)', 'pending']],
  }),
]

export const PROCESS: Panel[] = [
  curve({
    title: 'Requests by route',
    description: 'Without health and metrics',
    unit: 'reqps',
    queries: [
      [
        'sum by (method, route) (rate(receiver_http_requests_total{route!~"/health.*|/metrics"}[$__rate_interval]))',
        '{{method}} {{route}}',
      ],
    ],
  }),
  curve({
    title: 'Share of requests that are answered 5xx',
    description: 'Of all routes',
    unit: 'percentunit',
    queries: [
      [
        'sum(rate(receiver_http_requests_total{status="5xx"}[$__rate_interval])) / sum(rate(receiver_http_requests_total[$__rate_interval]))',
        '5xx',
      ],
    ],
  }),
  curve({
    title: 'Duration of requests, p99',
    description: 'By route; a call that waits for a change is as long as it waits',
    unit: 's',
    queries: [
      [
        'histogram_quantile(0.99, sum by (le, route) (rate(receiver_http_request_duration_seconds_bucket[$__rate_interval])))',
        '{{route}}',
      ],
    ],
  }),
  curve({
    title: 'Database connections',
    description: 'Of the main thread',
    unit: 'short',
    queries: [
      ['receiver_database_connections', '{{instance}} {{state}}'],
      ['receiver_database_waiting_calls', '{{instance}} waiting'],
    ],
  }),
  curve({
    title: 'Event loop',
    description: 'How late the main thread is, p99',
    unit: 's',
    queries: [['nodejs_eventloop_lag_p99_seconds', '{{instance}}']],
  }),
  curve({
    title: 'Memory',
    description: 'Resident',
    unit: 'bytes',
    queries: [['process_resident_memory_bytes', '{{instance}}']],
  }),
  rows({
    title: 'Maintenance: seconds since the last run that ended well',
    description: 'Of each task',
    unit: 's',
    queries: [['time() - max by (task) (receiver_maintenance_last_success_timestamp_seconds)', '']],
  }),
  rows({
    title: 'Builds',
    description: 'Which build runs where',
    unit: 'short',
    queries: [['receiver_build_info', '']],
  }),
]
