import { describe, expect, it } from 'vitest'
import { createMaintenance } from '../../../../src/inbox/maintain/maintenance.ts'
import { createHandClock } from '../../../support/hand-clock.ts'
import { recordLog } from '../../../support/recorded-log.ts'
import { servicesWithoutStores } from '../../../support/services.ts'

const clock = createHandClock()

/** A chore with so many rows left to deal with. */
function choreOf(name: string, left: number) {
  const asked: { now: Date; limit: number }[] = []
  const run = async (now: Date, limit: number): Promise<number> => {
    asked.push({ now, limit })
    const rows = Math.min(left, limit)
    left -= rows
    return rows
  }
  return { name, run, asked }
}

const failing = { name: 'failing', run: async () => Promise.reject(new Error('away')) }

describe('upkeep', () => {
  it('does one piece of every chore, and says how many have more to do', async () => {
    const { logger, lines } = recordLog()
    const many = choreOf('many', 1_100)
    const few = choreOf('few', 3)
    const upkeep = createMaintenance(servicesWithoutStores(clock, logger), [many, few])
    expect(await upkeep.runOnce()).toBe(1)
    expect(many.asked).toEqual([{ now: clock.now(), limit: 500 }])
    expect(await upkeep.runOnce()).toBe(1)
    expect(await upkeep.runOnce()).toBe(0)
    expect(lines.map(({ chore, rows }) => [chore, rows])).toEqual([
      ['many', 500],
      ['few', 3],
      ['many', 500],
      ['many', 100],
    ])
  })

  it('tells a failure, goes on with the next chore and does not ask again at once', async () => {
    const { logger, lines } = recordLog()
    const services = servicesWithoutStores(clock, logger)
    const few = choreOf('few', 3)
    const upkeep = createMaintenance(services, [failing, few])
    expect(await upkeep.runOnce()).toBe(0)
    expect(lines).toMatchObject([
      { level: 50, chore: 'failing', error: { message: 'away' } },
      { level: 30, chore: 'few', rows: 3 },
    ])
    const { text } = await services.metrics.expose()
    expect(text).toContain('upkeep_failed_total{chore="failing"} 1')
    expect(text).not.toContain('upkeep_rows_total{chore="failing"}')
    expect(text).toContain('upkeep_rows_total{chore="few"} 3')
  })
})
