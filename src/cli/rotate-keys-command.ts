import { withStores } from '../compose/database.ts'
import { ConfigurationError, type Environment } from '../config/settings.ts'
import { rotateKeys as rotateAllKeys, type ReencryptReport } from '../inbox/maintain/reencrypt.ts'
import { systemClock } from '../lib/clock.ts'
import { createKeyRing } from '../lib/key-ring.ts'
import { newId } from '../lib/new-id.ts'
import { commandActor } from './actor.ts'
import { loadCommandSettings } from './accounts-file.ts'
import type { Outcome } from './command-line.ts'

/** `rotate-keys`: every stored body under the first key of DATA_KEYS; fails when that is not so in the end. */
export async function rotateKeys(environment: Environment): Promise<Outcome> {
  const settings = loadCommandSettings(environment)
  const key = createKeyRing(settings.DATA_KEYS ?? []).current?.name
  if (key === undefined) throw new ConfigurationError(['DATA_KEYS: is required, the new key first'])
  const report = await withStores(settings, async (stores) =>
    rotateAllKeys({ stores, clock: systemClock, newId }, { key, actor: commandActor() }),
  )
  return {
    ok: report.late === 0 && report.staying.length === 0,
    text: describe(key, report).join('\n'),
    json: { key, ...report },
  }
}

function describe(key: string, { resealed, late, staying }: ReencryptReport): string[] {
  return [
    `Sealed by ${key} now: ${resealed.inbox} bodies of the inbox, ${resealed.quarantine} of the quarantine.`,
    ...staying.map(({ id, count, detail }) => `${count} stay as they are (one is ${id}): ${detail}.`),
    ...(late === 0
      ? []
      : [
          `${late} were stored otherwise meanwhile: start every process with these DATA_KEYS and run this again.`,
        ]),
    ...(late === 0 && staying.length === 0 ? ['No other key is needed any more.'] : []),
  ]
}
