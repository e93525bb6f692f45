import { userInfo } from 'node:os'
import type { AuditEntry } from '../domain/audit.ts'
import type { Deed } from '../inbox/maintain/stores.ts'
import { systemClock } from '../lib/clock.ts'
import { newId } from '../lib/new-id.ts'

/** Who runs the command, as the audit log names them. A container may run as a user without a name. */
export function commandActor(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return `cli:${process.getuid?.() ?? 'unknown'}`
  }
}

/** The deed of a command, done now by the user who runs it. */
export const deedOf = (action: AuditEntry['action'], target: AuditEntry['target']): Deed => ({
  id: newId(),
  at: systemClock.now(),
  actor: commandActor(),
  action,
  target,
  note: null,
})
