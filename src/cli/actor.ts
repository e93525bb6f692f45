import { userInfo } from 'node:os'

/** Who runs the command, as the audit log names them. A container may run as a user without a name. */
export function commandActor(): string {
  try {
    return `cli:${userInfo().username}`
  } catch {
    return `cli:${process.getuid?.() ?? 'unknown'}`
  }
}
