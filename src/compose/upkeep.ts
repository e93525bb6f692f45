import { createUpkeep, type Chore } from '../inbox/upkeep.ts'
import { createPollLoop, type PollLoop } from '../lib/poll-loop.ts'
import { tellChore } from '../telemetry/outcomes.ts'
import type { Parts } from './parts.ts'

/** No request waits for it, and its questions are cheap. */
const UPKEEP_MS = 60_000
const DAY_MS = 86_400_000
/** Long enough to see and mend a wrong secret after a weekend. */
const QUARANTINE_MS = 3 * DAY_MS

export function createUpkeepLoop(parts: Parts): PollLoop {
  const { metrics } = parts
  const { logger, clock } = parts.options
  const upkeep = createUpkeep({
    chores: choresOf(parts),
    clock,
    onDone: (done) => {
      tellChore(done, { metrics, logger })
    },
  })
  return createPollLoop({
    runOnce: upkeep.runOnce,
    idleMs: UPKEEP_MS,
    backoffMs: UPKEEP_MS,
    clock,
    onError: (error) => {
      logger.error({ error }, 'upkeep failed')
    },
  })
}

/** Beside totals and evidence, whose time is not for choice, only what the settings ask for. */
function choresOf({ stores: { bodies, quarantine, totals }, options: { settings } }: Parts): Chore[] {
  const purgeQuarantine: Chore['run'] = async (now, limit) =>
    quarantine.purge({ now, keepMs: QUARANTINE_MS, limit })
  const addUpTotals: Chore['run'] = async (_now, limit) => totals.addUp(limit)
  const chores: Chore[] = [
    { name: 'purge_quarantine', run: purgeQuarantine },
    { name: 'add_up_totals', run: addUpTotals },
  ]
  const keepMs = settings.INBOX_RETENTION_DAYS * DAY_MS
  if (settings.DATA_KEYS !== undefined)
    chores.push({ name: 'put_back_sealed', run: async (...given) => bodies.putBackSealed(...given) })
  if (keepMs > 0)
    chores.push({
      name: 'purge_bodies',
      run: async (now, limit) => bodies.purge({ now, keepMs, limit }),
    })
  return chores
}
