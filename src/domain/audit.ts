/** What people do and the service writes down for good. */
export const AUDIT_ACTIONS = [
  'resolve_discrepancy',
  'withdraw_expectation',
  'show_body',
  'replay_quarantine',
  'replay_messages',
  'give_up',
  'erase',
  'rotate_keys',
] as const
export type AuditAction = (typeof AUDIT_ACTIONS)[number]

/** One deed, written in the transaction that does it. */
export interface AuditEntry {
  id: string
  at: Date
  /** Name of the API key, or `cli:` and the user of the operating system. */
  actor: string
  action: AuditAction
  /** What it was done to: ids, or the filter that chose them. Never content. */
  target: Readonly<Record<string, string | null>>
  /** How many it was done to; null: it is not counted. */
  count: number | null
  /** What the actor said about it; null: nothing. */
  note: string | null
}
