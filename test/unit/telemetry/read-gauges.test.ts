import { describe, expect, it } from 'vitest'
import { createAccountDirectory } from '../../../src/config/account-directory.ts'
import { gaugesOf } from '../../../src/telemetry/read-gauges.ts'
import { createHandClock, settle } from '../../support/hand-clock.ts'
import { recordLog } from '../../support/recorded-log.ts'
import { SILENT } from '../../support/services.ts'

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
    const telemetry = { pending: 3, oldestPendingSeconds: 0, openDiscrepancies: [], lastNotifications: [] }
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
    expect(await reading).toMatchObject({ pending: 3, reconciliations: [] })
    expect(lines).toMatchObject([{ level: 40, error: { message: 'no answer within 3000 ms' } }])
  })
})
