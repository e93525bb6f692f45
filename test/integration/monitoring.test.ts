import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { needing } from '../support/form.ts'
import { startPrometheus, type Prometheus, type Series } from '../support/prometheus.ts'
import { startTestService, type TestService } from '../support/service.ts'
import { isInstalled, resultOf } from '../support/started-process.ts'
import { be2billFields, hipayFields } from '../support/wire.ts'

/** What deploy/monitoring/ asks, asked of a real Prometheus that has scraped the service. */

const hasPrometheus = (await isInstalled('prometheus')) && (await isInstalled('promtool'))
const fileOf = (name: string): string =>
  fileURLToPath(new URL(`../../deploy/monitoring/${name}`, import.meta.url))

interface Target {
  expr: string
  legendFormat?: string
}
interface Panel {
  title: string
  targets?: Target[]
}
const { panels } = JSON.parse(readFileSync(fileOf('dashboard.json'), 'utf8')) as { panels: Panel[] }
const queries = panels.flatMap(({ title, targets = [] }) =>
  targets.map(({ expr, legendFormat = '' }) => ({ title, expr, legendFormat })),
)

/** Grafana puts a time in that holds several scrapes. */
const asAsked = (expr: string): string => expr.replaceAll('$__rate_interval', '5s')

/** Accounts of live and test mode; one of them is never heard, and one has a secret that ends. */
const accounts = [
  {
    ...{ provider: 'be2bill', account: 'shop', test: false, identifiers: ['Demo Shop'], silence: '30m' },
    secrets: [{ id: 'key', value: 'account-key' }],
  },
  {
    ...{ provider: 'hipay', account: 'shop', test: true },
    secrets: [{ id: 'ends', value: 'passphrase', notAfter: '2099-01-01T00:00:00Z' }],
  },
  { provider: 'hipay', account: 'never', test: false, secrets: [{ id: 'only', value: 'other' }] },
]

describe('deploy/monitoring', needing('prometheus', hasPrometheus), () => {
  let service: TestService
  let prometheus: Prometheus

  beforeAll(async () => {
    if (!hasPrometheus) return
    service = await startTestService({ accounts, settings: { LOG_LEVEL: 'silent' } })
    await sendTraffic()
    prometheus = await startPrometheus({
      ...{ url: service.url, apiKey: service.apiKey },
      ruleFile: fileOf('alerts.yml'),
    })
  })
  afterAll(async () => {
    if (!hasPrometheus) return
    await prometheus.stop()
    await service.stop()
  })

  /** Payments twice for one order, a code that is not known, a forgery, and a call of the API. */
  async function sendTraffic(): Promise<void> {
    for (const TRANSACTIONID of ['X1', 'X2'])
      await service.notify('be2bill', 'shop', be2billFields({ TRANSACTIONID, ORDERID: 'O' }))
    await service.notify('hipay', 'shop', hipayFields({ status: '188' }))
    await fetch(`${service.url}/notifications/hipay/shop`, { method: 'POST', body: 'status=118' })
    await service.settled()
    expect((await service.api('/v1/orders/be2bill/shop/O')).status).toBe(200)
  }

  it('promtool finds nothing to complain of in the figures', async () => {
    const input = await (await service.api('/metrics')).text()
    expect(input).toContain('receiver_open_discrepancy_amount{provider="be2bill"')
    expect(await resultOf('promtool', ['check', 'metrics'], { input })).toBe('')
  })

  it('has a query in every panel', () => {
    expect(queries.length).toBeGreaterThan(25)
    expect(new Set(queries.map(({ title }) => title)).size).toBeGreaterThan(20)
  })

  it.each(queries)(
    '$title: its query has an answer, by the labels of its legend',
    async ({ expr, legendFormat }) => {
      const series: Series[] = await prometheus.query(asAsked(expr))
      expect(series).not.toEqual([])
      const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
      const labels = new Set(series.flatMap(({ metric }) => Object.keys(metric)))
      expect(named.filter((label) => !labels.has(label))).toEqual([])
    },
  )

  it('shows the money of live mode that two payments of one order put at risk', async () => {
    const [shown] = queries.filter(({ title }) => title === 'Money at risk')
    const series = await prometheus.query(asAsked(shown!.expr))
    const euro = series.find(({ metric }) => metric['currency'] === 'EUR')
    expect(euro?.value[1]).toBe('12390')
  })

  it('has rules that Prometheus can evaluate', async () => {
    await expect
      .poll(async () => (await prometheus.rules()).map(({ health }) => health), { timeout: 10_000 })
      .not.toContain('unknown')
    const broken = (await prometheus.rules()).filter(({ health }) => health !== 'ok')
    expect(broken).toEqual([])
  })

  it('asks in its rules for series that are there, and fires for what has happened', async () => {
    const rules = await prometheus.rules()
    const names = new Set(rules.flatMap(({ query }) => query.match(/\breceiver_\w+/g) ?? []))
    expect(names.size).toBeGreaterThan(15)
    for (const name of names) expect(await prometheus.query(name), name).not.toEqual([])
    const firing = await prometheus.query('ALERTS{alertname="PaymentDiscrepant", alertstate="firing"}')
    expect(firing.map(({ metric }) => [metric['account'], metric['class']])).toEqual([
      ['shop', 'duplicate_payment'],
    ])
  })
})
