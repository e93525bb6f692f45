import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { LONG_ONLY } from '../support/form.ts'
import { resultOf } from '../support/started-process.ts'
import { codeBlocks, readDoc } from '../unit/docs/markdown.ts'
import { cleanUp, emptyDirectory, launch, ROOT, runToEnd } from './support/service.ts'

afterAll(cleanUp)

const MAIN = join(ROOT, 'src/demo/main.ts')
const remainsIn = (directory: string): string[] =>
  readdirSync(directory).filter((name) => name.startsWith('receiver-demo'))

/** Processes that still run on a demonstration's data: service and PostgreSQL. */
const processesOn = async (directory: string): Promise<string[]> =>
  (await processes()).filter((line) => line.includes(directory))

const processes = async (): Promise<string[]> =>
  (await resultOf('ps', ['-eo', 'pid=,ppid=,args='])).split('\n')

async function serviceOf(demo: number): Promise<number> {
  const found = (await processes())
    .map((line) => /^\s*(\d+)\s+(\d+)\s.*server\.ts/.exec(line))
    .find((match) => Number(match?.[2]) === demo)
  return Number(found?.[1])
}

/** Rows of the table that ends the demonstration, and the line below it without its time. */
function tableIn(output: string): { rows: string[]; summary: string } {
  const lines = output.split('\n').map((line) => line.trimEnd())
  const head = lines.findIndex((line) => line.startsWith('scenario '))
  const [rule = ''] = lines.slice(head + 1)
  const end = lines.indexOf(rule, head + 2)
  const summary = lines.slice(end).find((line) => line.includes('scenarios, ')) ?? ''
  return {
    rows: [lines[head] ?? '', ...lines.slice(head + 2, end)],
    summary: summary.replace(/, [\d.]+ s.*$/, ''),
  }
}

it('npm run demo plays every scenario as promised, leaves nothing behind and exits 0', async () => {
  const temporary = emptyDirectory()
  const { code, output } = await runToEnd('npm', ['run', '--silent', 'demo'], { TMPDIR: temporary })
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(output).toMatch(/\n\d\d scenarios, all as expected/)
  // Not a terminal: no colours.
  expect(output).not.toContain('\u001b')
  expect(remainsIn(temporary)).toEqual([])
  expect(await processesOn(temporary)).toEqual([])
  expectPastedInReadme(tableIn(output))
})

function expectPastedInReadme(played: ReturnType<typeof tableIn>): void {
  const readme = readDoc('README.md')
  const shown = tableIn(codeBlocks(readme, 'text').find((block) => block.startsWith('scenario ')) ?? '')
  expect(shown.summary).toBe(played.summary)
  expect(played.rows.filter((row) => shown.rows.includes(row))).toEqual(shown.rows)
  // The first row is the head.
  const [few, all] = [shown.rows.length - 1, played.rows.length - 1]
  expect(readme).toContain(`below, ${few} of its ${all} rows`)
}

it('npm run demo refuses options that it does not know', async () => {
  const { code, output } = await runToEnd('npm', ['run', '--silent', 'demo', '--', '--kep'])
  expect(code).toBe(1)
  expect(output).toContain('--kep')
})

/** Kill its service once it says so; what is printed then, with which exit code, and that nothing is left behind. */
async function killService(saying: string): Promise<string> {
  const temporary = emptyDirectory()
  const demo = launch(process.execPath, [MAIN, '--keep'], { TMPDIR: temporary }, ROOT)
  await expect.poll(demo.output, { timeout: 60_000 }).toContain(saying)
  expect((await processesOn(temporary)).length).toBeGreaterThan(0)
  process.kill(await serviceOf(demo.pid), 'SIGKILL')
  expect(await demo.ended).toBe(1)
  expect(remainsIn(temporary)).toEqual([])
  expect(await processesOn(temporary)).toEqual([])
  return demo.output()
}

it('exits 1 with the service’s last words when the service dies, and still leaves nothing behind', async () => {
  // A call may fail before the end of the process is known.
  expect(await killService('It answers at')).toMatch(
    /The service (ended \(SIGKILL\)|did not answer)\. Its last lines:/,
  )
})

it('does so too when everything is played and kept running', LONG_ONLY, async () => {
  expect(await killService('Still running')).toContain('The service ended (SIGKILL). Its last lines:')
})

it('--keep answers until Ctrl-C, which takes everything away', async () => {
  const temporary = emptyDirectory()
  const demo = launch(process.execPath, [MAIN, '--keep'], { TMPDIR: temporary }, ROOT)
  await expect.poll(demo.output, { timeout: 60_000 }).toMatch(/psql 'postgresql:.*'\n/)
  const url = /http:\S+(?=\/docs)/.exec(demo.output())?.[0] ?? ''
  const apiKey = /API key +(\S+)/.exec(demo.output())?.[1] ?? ''
  const response = await fetch(`${url}/v1/transactions`, { headers: { authorization: `Bearer ${apiKey}` } })
  expect(((await response.json()) as { items: unknown[] }).items.length).toBeGreaterThan(20)
  process.kill(demo.pid, 'SIGINT')
  expect(await demo.ended).toBe(0)
  expect(remainsIn(temporary)).toEqual([])
  expect(await processesOn(temporary)).toEqual([])
})
