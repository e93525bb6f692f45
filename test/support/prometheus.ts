import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from '../../src/embedded-postgres/free-port.ts'
import { startProcess } from './started-process.ts'
import { until } from './until.ts'

/** A Prometheus of its own that scrapes one service several times a second, with the rules of ours. */
export interface Prometheus {
  /** What a query is answered now. Throws with Prometheus' own words when it is none. */
  query: (expr: string) => Promise<Series[]>
  rules: () => Promise<Rule[]>
  stop: () => Promise<void>
}

export interface Series {
  metric: Readonly<Record<string, string>>
  value: [at: number, value: string]
}

export interface Rule {
  name: string
  query: string
  health: string
  lastError?: string
  labels: Readonly<Record<string, string>>
  annotations: Readonly<Record<string, string>>
}

const JOB = 'payment-notification-receiver'

export async function startPrometheus(options: {
  url: string
  apiKey: string
  ruleFile: string
}): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), 'prometheus-'))
  const config = join(directory, 'prometheus.json')
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: '250ms', scrape_timeout: '250ms', evaluation_interval: '500ms' },
      rule_files: [options.ruleFile],
      scrape_configs: [
        {
          ...{ job_name: JOB, scrape_interval: '500ms', scrape_timeout: '500ms' },
          authorization: { credentials: options.apiKey },
          static_configs: [{ targets: [new URL(options.url).host] }],
        },
      ],
    }),
  )
  const address = `127.0.0.1:${await findFreePort()}`
  const flags = [`--config.file=${config}`, `--storage.tsdb.path=${join(directory, 'data')}`]
  const program = startProcess('prometheus', [...flags, `--web.listen-address=${address}`], {
    environment: process.env,
  })
  const ask = async <Answer>(path: string): Promise<Answer> => {
    const answer = await fetch(`http://${address}/api/v1/${path}`)
    const { data, error } = (await answer.json()) as { data: Answer; error?: string }
    if (error !== undefined) throw new Error(error)
    return data
  }
  const query: Prometheus['query'] = async (expr) =>
    (await ask<{ result: Series[] }>(`query?query=${encodeURIComponent(expr)}`)).result
  const stop = async (): Promise<void> => {
    program.signal('SIGTERM')
    await program.ended
    rmSync(directory, { recursive: true })
  }
  try {
    // Rates need several scrapes.
    await until(async () => Number((await query(SCRAPED).catch(() => []))[0]?.value[1]) >= 4, {
      what: 'Prometheus has scraped the service',
    })
  } catch (error) {
    await stop()
    throw new Error(`${String(error)}\n${program.output()}`)
  }
  const rules = async (): Promise<Rule[]> =>
    (await ask<{ groups: { rules: Rule[] }[] }>('rules')).groups.flatMap((group) => group.rules)
  return { query, rules, stop }
}

const SCRAPED = `count_over_time(up{job="${JOB}"}[1m]) * up{job="${JOB}"}`
