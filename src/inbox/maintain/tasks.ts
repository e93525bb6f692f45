import { endingSecrets } from '../../providers/account.ts'
import type { Services } from '../../services.ts'
import type { Task } from './maintenance.ts'

/** What the settings ask of maintenance. */
export interface TaskSettings {
  /** How long bodies are kept; 0: for ever. */
  keepBodiesMs: number
  /** Bodies are sealed, so messages may have been parked for want of a key. */
  hasDataKeys: boolean
}

const DAY_MS = 86_400_000
/** Long enough to notice and correct a wrong secret after a weekend. */
const KEEP_QUARANTINE_MS = 3 * DAY_MS
/** A new secret has to be agreed with the provider. */
const WARN_OF_SECRETS_MS = 14 * DAY_MS

/** Every task of maintenance; two of them only where the settings ask for them. */
export function createTasks(
  services: Pick<Services, 'accounts' | 'logger'>,
  { keepBodiesMs, hasDataKeys }: TaskSettings,
): Task[] {
  return [
    {
      name: 'record_accounts',
      every: 'minute',
      run: async ({ accounts }, now) => accounts.record(services.accounts.all(), now),
    },
    { name: 'add_up_totals', every: 'minute', run: async ({ totals }, _now, limit) => totals.addUp(limit) },
    ...(hasDataKeys ? [PUT_BACK_SEALED] : []),
    {
      name: 'snapshot_reconciliation',
      every: 'day',
      run: async ({ reconciliation }, now) => reconciliation.snapshot(now),
    },
    {
      name: 'purge_quarantine',
      every: 'day',
      run: async ({ quarantine }, now, limit) => quarantine.purge({ now, keepMs: KEEP_QUARANTINE_MS, limit }),
    },
    ...(keepBodiesMs > 0 ? [purgeBodies(keepBodiesMs)] : []),
    { name: 'warn_of_secrets', every: 'day', run: async (_stores, now) => warnOfSecrets(services, now) },
  ]
}

const PUT_BACK_SEALED: Task = {
  name: 'put_back_sealed',
  every: 'minute',
  run: async ({ bodies }, now, limit) => bodies.putBackSealed(now, limit),
}

const purgeBodies = (keepMs: number): Task => ({
  name: 'purge_bodies',
  every: 'day',
  run: async ({ bodies }, now, limit) => bodies.purge({ now, keepMs, limit }),
})

/** One line for each secret that ends soon and that no other one replaces. It writes nothing, so all of them are one piece. */
function warnOfSecrets({ accounts, logger }: Pick<Services, 'accounts' | 'logger'>, now: Date): number {
  const until = +now + WARN_OF_SECRETS_MS
  for (const account of accounts.all()) {
    for (const { secret, notAfter, isReplaced } of endingSecrets(account)) {
      if (isReplaced || +notAfter > until || notAfter < now) continue
      const { provider, account: name } = account
      logger.warn({ provider, account: name, secretId: secret.id, notAfter }, 'a secret ends soon')
    }
  }
  return 0
}
