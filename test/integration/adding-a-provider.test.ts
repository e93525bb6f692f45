import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArchitecture } from '../support/architecture.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { inForm } from '../support/form.ts'
import { ready, resultOf, startProcess, type StartedProcess } from '../support/started-process.ts'
import { applyBlocks, contentsOf, copyProject, fileBlocks, PROJECT } from '../support/project-copy.ts'

/** What docs/adding-a-provider.md teaches, done: its blocks in a copy of the project, checked and run. */

const page = readFileSync(join(PROJECT, 'docs/adding-a-provider.md'), 'utf8')
const API_KEY = randomBytes(24).toString('hex')
const SLOW_MS = 180_000

let copy: string
let before: ReadonlyMap<string, string>
let after: ReadonlyMap<string, string>
beforeAll(() => {
  copy = copyProject()
  before = contentsOf(copy)
  applyBlocks(copy, page)
  after = contentsOf(copy)
})
afterAll(() => {
  rmSync(copy, { recursive: true })
})

/** A tool of the project in the copy; rejects with what it printed. */
async function run(tool: string, ...args: string[]): Promise<string> {
  const { CI: _ci, VITEST: _vitest, ...environment } = process.env
  return resultOf(process.execPath, [join('node_modules', tool), ...args], { cwd: copy, environment })
}

describe('a provider', () => {
  it('is its folder, its line of the registry and its fixtures, and nothing else', () => {
    const changed = [...after].filter(([path, text]) => before.get(path) !== text).map(([path]) => path)
    const own = /^(src\/providers|test\/fixtures)\/toypay\//
    expect(changed.filter((path) => !own.test(path))).toEqual(['src/providers/registry.ts'])
    expect(changed.toSorted()).toEqual(
      fileBlocks(page)
        .map(({ path }) => path)
        .toSorted(),
    )
    const [old = [], registry = []] = [before, after].map((files) =>
      files.get('src/providers/registry.ts')?.split('\n'),
    )
    const added = registry.filter((line) => !old.includes(line))
    expect(added).toHaveLength(2)
    expect(added[0]).toBe("import { toypay } from './toypay/index.ts'")
    expect(old.filter((line) => !registry.includes(line))).toEqual([added[1]?.replace(', toypay', '')])
  })

  it('is taught on one page', () => {
    expect(page.split('\n').length - 1).toBeLessThanOrEqual(165)
  })

  it('passes the type checker', { timeout: SLOW_MS }, async () => {
    // The rest of the project knows a provider by its registry's type alone; the long form checks that too.
    const own = ['src/providers/registry.ts', 'src/providers/toypay', 'test/unit/providers/fixtures.test.ts']
    const include = inForm(own, ['src', 'test'])
    writeFileSync(join(copy, 'tsconfig.own.json'), JSON.stringify({ extends: './tsconfig.json', include }))
    expect(await run('typescript/bin/tsc', '-p', 'tsconfig.own.json', '--listFiles')).toContain('/toypay/')
  })

  it('breaks no rule of the architecture', { timeout: SLOW_MS }, async () => {
    const { modules, violations } = await readArchitecture(copy)
    expect(violations).toEqual([])
    expect(modules).toBeGreaterThan(50)
  })

  it('has its cases run by the one loop', { timeout: SLOW_MS }, async () => {
    const report = join(copy, 'report.json')
    await run(
      'vitest/vitest.mjs',
      'run',
      '--project',
      'unit',
      'test/unit/providers/fixtures.test.ts',
      '--reporter=json',
      `--outputFile=${report}`,
      '-t',
      'toypay',
    )
    const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8')) as Record<
      string,
      unknown
    >
    expect({ numPassedTests, numFailedTests }).toEqual({ numPassedTests: 2, numFailedTests: 0 })
  })
})

describe('the service with it', () => {
  let database: TestDatabase
  let service: StartedProcess
  let url: string

  beforeAll(async () => {
    database = await createTestDatabase()
    const accounts = join(copy, 'accounts.json')
    const entry = fileBlocks(page).find(({ path }) => path.endsWith('toypay/account.json'))?.text ?? ''
    writeFileSync(accounts, `[${entry}]`)
    service = startProcess(process.execPath, [join(copy, 'src/server.ts')], {
      cwd: copy,
      environment: {
        PATH: process.env['PATH'],
        DATABASE_URL: database.url,
        ACCOUNTS_FILE: accounts,
        API_KEYS: `all:${API_KEY}`,
        DATA_DIRECTORY: join(copy, '.data'),
        PORT: '0',
      },
    })
    const said = /"url":"([^"]+)"[^\n]*"msg":"ready"/
    await ready(service, () => said.test(service.output()))
    url = said.exec(service.output())?.[1] ?? ''
  })
  afterAll(async () => {
    service.signal('SIGTERM')
    await service.ended
    await database.drop()
  })

  const notify = (body: string, secret = 'toy-secret'): Promise<Response> =>
    fetch(`${url}/notifications/toypay/toys`, {
      method: 'POST',
      headers: { 'x-toypay-signature': createHmac('sha256', secret).update(body).digest('hex') },
      body,
    })
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
  const read = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`, { headers })).json()
  const paid = 'payment=T-1&code=paid&order=A-1&amount=1250&currency=EUR'

  it('acknowledges its notification in its own word and matches it with the forwarded response', async () => {
    const acknowledged = await notify(paid)
    expect([acknowledged.status, await acknowledged.text()]).toEqual([200, 'received'])
    const forwarded = await fetch(`${url}/v1/responses`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ provider: 'toypay', account: 'toys', orderId: 'A-1', body: paid }),
    })
    expect(forwarded.status).toBe(202)
    await expect
      .poll(() => read('/v1/transactions/toypay/toys/T-1'), { timeout: 10_000 })
      .toMatchObject({ status: 'captured', capturedTotal: 1250, reconciliation: 'matched', orderId: 'A-1' })
    expect(await read('/v1/orders/toypay/toys/A-1')).toMatchObject({ paid: true, paidTotal: 1250 })
  })

  it('refuses a forgery, and keeps what it cannot read', async () => {
    expect((await notify(paid.replace('1250', '1'), 'another-secret')).status).toBe(401)
    expect((await notify('hello')).status).toBe(200)
    expect((await notify('payment=T-3&code=later')).status).toBe(200)
    await expect
      .poll(() => read('/v1/transactions/toypay/toys/T-3'), { timeout: 10_000 })
      .toMatchObject({ status: 'unrecognized' })
    expect(await read('/v1/transactions/toypay/toys/T-1')).toMatchObject({ capturedTotal: 1250 })
  })
})
