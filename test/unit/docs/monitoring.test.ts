import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { dashboardText } from '../../../deploy/monitoring/dashboard.ts'
import { needing } from '../../support/form.ts'
import { isInstalled, resultOf } from '../../support/started-process.ts'
import { firstColumn, readDoc, section, sections } from './markdown.ts'

/** The alerts and the dashboard of deploy/monitoring/ against their own tests and against the pages. */

const FOLDER = fileURLToPath(new URL('../../../deploy/monitoring/', import.meta.url))
const rules = readDoc('deploy/monitoring/alerts.yml')
const ruleTests = ['alerts.test.yml', 'alerts-over-days.test.yml']
const tests = ruleTests.map((name) => readDoc(`deploy/monitoring/${name}`)).join('\n')
const dashboard = readDoc('deploy/monitoring/dashboard.json')
const operations = section(readDoc('docs/operations.md'), 'Metrics')

const alerts = [...rules.matchAll(/^ +- alert: (\w+)\n([\s\S]*?runbook_url: (\S+))/gm)].map(
  ([, name = '', , url = '']) => ({ name, url }),
)

test('the dashboard is what its script writes', () => {
  expect(dashboard).toBe(dashboardText())
})

test('every alert links its section of the runbook, and every section has its alert', () => {
  expect(alerts.length).toBeGreaterThan(20)
  for (const { name, url } of alerts) expect(url).toBe(`docs/runbook.md#${name.toLowerCase()}`)
  const titles = sections(section(readDoc('docs/runbook.md'), 'Alerts'), 3).map(({ title }) => title)
  expect(titles).toEqual(alerts.map(({ name }) => name))
})

test('every alert stands in the table of metrics, and no other does', () => {
  const named = [...operations.matchAll(/\[(\w+)\]\(runbook\.md#(\w+)\)/g)]
  for (const [, name = '', anchor] of named) expect(anchor).toBe(name.toLowerCase())
  expect([...new Set(named.map(([, name]) => name))].toSorted()).toEqual(
    alerts.map(({ name }) => name).toSorted(),
  )
})

test('every series that a rule, its test or the dashboard names is one that the service has', () => {
  const known = firstColumn(operations).map((cell) => cell.replace(/\{.*/, ''))
  const named = [...`${rules}\n${tests}\n${dashboard}`.matchAll(/\breceiver_\w+/g)].map(([name]) =>
    name.replace(/_bucket$/, ''),
  )
  expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([])
})

test.each(alerts)('$name fires in one of its tests, and is quiet in another', ({ name }) => {
  const expected = [...tests.matchAll(/alertname: (\w+)\n +exp_alerts:( \[\])?\n/g)].filter(
    ([, alert]) => alert === name,
  )
  expect(expected.map(([, , none]) => none !== undefined)).toEqual(expect.arrayContaining([true, false]))
})

describe('promtool', needing('promtool', await isInstalled('promtool')), () => {
  test('finds that the rules do what their tests say', { timeout: 60_000 }, async () => {
    const said = await resultOf('promtool', ['test', 'rules', ...ruleTests], { cwd: FOLDER })
    expect(said.match(/SUCCESS/g)).toHaveLength(ruleTests.length)
  })

  test('finds the rules sound', async () => {
    expect(await resultOf('promtool', ['check', 'rules', 'alerts.yml'], { cwd: FOLDER })).toContain(
      `${alerts.length} rules found`,
    )
  })
})
