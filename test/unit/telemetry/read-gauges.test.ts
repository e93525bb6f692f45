import { describe, expect, it } from 'vitest'
import { createAccountDirectory } from '../../../src/config/account-directory.ts'
import { gaugesOf } from '../../../src/telemetry/read-gauges.ts'
import { createHandClock, settle } from '../../support/hand-clock.ts'
import { recordLog } from '../../support/recorded-log.ts'
import type { HeldSnapshot, Telemetry } from '../../../src/telemetry/stores.ts'
import { SILENT } from '../../support/services.ts'

const EMPTY: Telemetry = {
  pending: 0,
  oldestPendingAt: null,
  openDiscrepancies: [],
  lastNotifications: [],
  configuredAccounts: [],
  heldSnapshots: [],
  chores: [],
}

describe('gauges', () => {
  it('are not waited for longer than a scraper waits', async () => {
    const clock = createHandClock()
    const silence = async (): Promise<never> => new Promise(() => undefined)
    const database = {
      ping: silence,
      missingMigrations: silence,
      telemetry: silence,
      reconciliations: silence,
    }
    const reading = gaugesOf({
      health: database,
      accounts: createAccountDirectory([], []),
      clock,
      logger: SILENT,
    })()
    const outcome = expect(reading).rejects.toThrow('no answer within 4000 ms')
    await clock.advance(4_000)
    await outcome
  })

  it('go without the count of all payments when it takes too long, and say so', async () => {
    const clock = createHandClock()
    const { logger, lines } = recordLog()
    const telemetry = { ...EMPTY, pending: 3 }
    const database = {
      ping: async () => undefined,
      missingMigrations: async () => [],
      telemetry: async () => telemetry,
      reconciliations: async (): Promise<never> => new Promise(() => undefined),
    }
    const accounts = createAccountDirectory([], [])
    const reading = gaugesOf({
      health: database,
      accounts,
      clock,
      logger,
    })()
    await settle()
    await clock.advance(3_000)
    expect(await reading).toMatchObject({ pending: 3, transactions: null })
    expect(lines).toMatchObject([{ level: 'warn', error: { message: 'no answer within 3000 ms' } }])
  })
  it.each<[string, HeldSnapshot[][], (number | null)[]]>([
    ['none is held', [[]], [null]],
    [
      'the database tells since when',
      [
        [
          { holder: 'session 1 700', seconds: 3 },
          { holder: 'session 2 690', seconds: 40 },
        ],
      ],
      [40],
    ],
    ['only readings tell', Array(3).fill([{ holder: 'slot standby 690', seconds: null }]), [0, 60, 120]],
    [
      'another one is held each time',
      [690, 700, 710].map((xmin) => [{ holder: `slot standby ${xmin}`, seconds: null }]),
      [0, 0, 0],
    ],
    [
      'it was given back and is held again',
      [
        [{ holder: 'session 1 690', seconds: null }],
        [],
        [{ holder: 'session 1 690', seconds: null }],
        [{ holder: 'session 1 690', seconds: null }],
      ],
      [0, null, 0, 60],
    ],
  ])('know since when the oldest snapshot is held: %s', async (_what, held, ages) => {
    const clock = createHandClock()
    const readings = held.values()
    const read = gaugesOf({
      health: {
        telemetry: async () => ({ ...EMPTY, heldSnapshots: readings.next().value ?? [] }),
        reconciliations: async () => [],
      },
      accounts: createAccountDirectory([], []),
      clock,
      logger: SILENT,
    })
    for (const age of ages) {
      const { oldestSnapshotAt } = await read()
      expect(oldestSnapshotAt && (+clock.now() - +oldestSnapshotAt) / 1_000).toBe(age)
      await clock.advance(60_000)
    }
  })
})
