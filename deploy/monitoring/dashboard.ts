/**
 * `npm run dashboard`: writes dashboard.json beside this file, which Grafana imports; it asks for the Prometheus data source. A test
 * compares the two, and asks every query of a Prometheus that scraped the service.
 */
import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard'
import { MONEY, NEEDS_YOU } from './money-panels.ts'
import { PROCESS, PROCESSING, RECEIPT } from './service-panels.ts'

const FILE = new URL('./dashboard.json', import.meta.url)

/** The text of dashboard.json. */
export function dashboardText(): string {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the newer form is one that Grafana before 12 cannot import
  const builder = new dashboard.DashboardBuilder('Payment notification receiver')
    .uid('payment-notification-receiver')
    .refresh('1m')
    .time({ from: 'now-6h', to: 'now' })
    .timezone('browser')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .withVariable(new dashboard.DatasourceVariableBuilder('datasource').type('prometheus'))
  const sections = {
    'What needs you': NEEDS_YOU,
    Receipt: RECEIPT,
    Processing: PROCESSING,
    Money: MONEY,
    Process: PROCESS,
  }
  for (const [title, panels] of Object.entries(sections)) {
    builder.withRow(new dashboard.RowBuilder(title))
    for (const panel of panels) builder.withPanel(panel)
  }
  return `${JSON.stringify(builder.build(), null, 2)}\n`
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeFileSync(FILE, dashboardText())
