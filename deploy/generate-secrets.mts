/**
 * Invent the secrets of docker-compose.yml: `node generate-secrets.mts <folder>`. Writes only the files that are
 * missing, so that it may run before every start and never replaces what an operator put there.
 */
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
if (folder === undefined) throw new Error('usage: generate-secrets.mts <folder>')

/** 256 bits in characters that need no escaping in a URL, a form or a comma-separated list. */
const invent = () => randomBytes(32).toString('base64url')

/** The users of the two images. Each reads its own files only: what gets hold of one learns nothing of the other. */
const SERVICE = 1000
const POSTGRES = 999

/** Text of the file, made up and written first when it is not there. */
function keep(name: string, text: string, reader = SERVICE): string {
  const path = join(folder as string, name)
  if (!existsSync(path)) {
    writeFileSync(path, `${text}\n`, { mode: 0o400, flag: 'wx' })
    chownSync(path, reader, reader)
    console.log(`secrets: ${name} generated`)
  }
  return readFileSync(path, 'utf8').trimEnd()
}

// Accounts to try things out with; "test" keeps them apart from real money.
const accounts = [
  {
    provider: 'hipay',
    account: 'demo',
    test: true,
    secrets: [{ id: 'generated', file: '/run/receiver/hipay-demo-passphrase' }],
  },
  {
    provider: 'be2bill',
    account: 'demo',
    test: true,
    identifiers: ['Demo Shop'],
    secrets: [{ id: 'generated', file: '/run/receiver/be2bill-demo-key' }],
  },
]

const password = keep('database-password', invent(), POSTGRES)
keep('database-url', `postgresql://receiver:${password}@database:5432/receiver`)
keep('api-keys', `operator:${invent()}`)
keep('data-keys', `first:${randomBytes(32).toString('base64')}`)
if (!existsSync(join(folder, 'accounts.json'))) {
  keep('hipay-demo-passphrase', invent())
  keep('be2bill-demo-key', invent())
  keep('accounts.json', JSON.stringify(accounts, null, 2))
}
