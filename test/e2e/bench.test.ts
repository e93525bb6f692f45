import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cleanUp, emptyDirectory, runToEnd } from './support/service.ts'

afterAll(cleanUp)

interface Report {
  measured: { name: string; rounds: { contender: string; messages: number; problems: string[] }[][] }[]
}

let code: number | string
let output: string
const json = join(emptyDirectory(), 'bench.json')

beforeAll(async () => {
  const only = ['--only', 'pipeline,signature-timing,reading-xml']
  const args = ['run', '--silent', 'bench', '--', '--quick', ...only, '--without-pgbench', '--json', json]
  ;({ code, output } = await runToEnd('npm', args))
})

test('the bench runs, and loses nothing', () => {
  expect(output).toContain('pipeline: notifications reconciled per second')
  expect(code).toBe(0)
  const { measured } = JSON.parse(readFileSync(json, 'utf8')) as Report
  const runs = measured.flatMap(({ rounds }) => rounds.flat())
  expect(runs.map(({ contender }) => contender)).toEqual(['service', 'B: one Prisma transaction per request'])
  for (const { messages, problems } of runs) {
    expect(messages).toBeGreaterThan(0)
    expect(problems).toEqual([])
  }
})

test('the bench times verification beside a comparison that leaks', () => {
  expect(output.match(/^ {4}(hipay|be2bill) .*\d/gm)).toHaveLength(2)
  expect(output).toMatch(/stops at the first difference .*\d/)
})

test('the bench times readers of XML in turns', () => {
  expect(output.match(/^ {4}(the product|saxes|fast-xml-parser)[:,] .*\d/gm)).toHaveLength(3)
})
