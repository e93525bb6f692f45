import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { createCounters, type Counters } from '../../../src/telemetry/counters.ts'
import { addCounted, forwardCounters } from '../../../src/telemetry/forward-counters.ts'

function count(counters: Counters): void {
  for (const state of ['processed', 'duplicate', 'processed']) counters.processed.inc({ state })
  counters.maintenanceRows.inc({ task: 'purge_bodies' }, 500)
  counters.unrecognized.inc({ provider: 'hipay', code: '188' })
  counters.unrecognized.inc({ provider: 'hipay', code: '4111111111111111' })
  counters.threadEnded.inc({})
  for (const seconds of [0.004, 0.2, 7]) counters.lag.observe({}, seconds)
}

it('another thread exposes what was counted as if it had counted it itself', async () => {
  const [own, forwarded] = [new Registry(), new Registry()]
  count(createCounters(own).counters)
  let calls = 0
  const { counters, take } = forwardCounters(() => (calls += 1))
  const exposed = createCounters(forwarded).counters
  count(counters)
  addCounted(exposed, structuredClone(take()))
  expect(calls).toBe(10)
  expect(take()).toEqual([])
  expect(await forwarded.metrics()).toBe(await own.metrics())
  expect(await own.metrics()).toContain('receiver_unrecognized_total{provider="hipay",code="other"} 1')
})
