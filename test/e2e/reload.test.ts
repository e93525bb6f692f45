import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { post } from './support/http.ts'
import { hipayDelivery, hipayFields } from './support/provider.ts'
import { directoryWithDatabase } from './support/prepared-cluster.ts'
import {
  cleanUp,
  startService,
  stopService,
  type AccountEntry,
  type RunningService,
} from './support/service.ts'

/** SIGHUP: a rotated secret counts without a restart; a broken file changes nothing. */

let service: RunningService
let path: string

const API_KEY = 'k'.repeat(24)
const headers = { authorization: `Bearer ${API_KEY}` }

const shop = (...values: string[]): AccountEntry => ({
  provider: 'hipay',
  account: 'shop',
  secrets: values.map((value, index) => ({ id: `s${index}`, value })),
})

const write = (content: string | AccountEntry[]): void => {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
}

beforeAll(async () => {
  const directory = await directoryWithDatabase()
  path = join(directory, 'my-accounts.json')
  write([shop('first-passphrase')])
  service = await startService(directory, { ACCOUNTS_FILE: path, API_KEYS: `all:${API_KEY}` })
})
afterAll(cleanUp)

let reference = 900_000_000_000
const answerTo = async (secret: string, account = shop('')): Promise<number> => {
  const fields = hipayFields(String((reference += 1)), '116', 'SO-1')
  return (await post(service.url, hipayDelivery(account, fields, secret))).status
}

async function hangUp(saying: RegExp): Promise<void> {
  const before = service.output().length
  service.signal('SIGHUP')
  await expect.poll(() => service.output().slice(before), { timeout: 10_000 }).toMatch(saying)
}

describe('SIGHUP', () => {
  it('takes the new secrets and accounts into force, and the old ones out of it', async () => {
    expect([await answerTo('first-passphrase'), await answerTo('second-passphrase')]).toEqual([200, 401])
    write([shop('first-passphrase', 'second-passphrase')])
    await hangUp(/accounts file re-read/)
    expect([await answerTo('first-passphrase'), await answerTo('second-passphrase')]).toEqual([200, 200])

    const other: AccountEntry = { ...shop('third-passphrase'), account: 'other' }
    expect(await answerTo('third-passphrase', other)).toBe(404)
    write([shop('second-passphrase'), other])
    await hangUp(/accounts file re-read/)
    expect([await answerTo('first-passphrase'), await answerTo('second-passphrase')]).toEqual([401, 200])
    expect(await answerTo('third-passphrase', other)).toBe(200)
  })

  it('takes a secret that was copied with a blank as it is, and warns', async () => {
    write([shop('blank-behind ')])
    await hangUp(/account hipay\/shop: secret s0 begins or ends with a blank[^]*accounts file re-read/)
    expect([await answerTo('blank-behind '), await answerTo('blank-behind')]).toEqual([200, 401])
    expect(service.output()).not.toContain('blank-behind')
    write([shop('second-passphrase')])
    await hangUp(/accounts file re-read/)
  })

  it.each([
    ['not JSON', '[{'],
    ['an empty secret', JSON.stringify([shop('')])],
    ['no account', '[]'],
  ])('keeps the former accounts when the file holds %s, and counts it', async (_what, content) => {
    const rejected = async (): Promise<number> => {
      const metrics = await (await fetch(`${service.url}/metrics`, { headers })).text()
      return Number(/^receiver_configuration_rejected_total (\d+)$/m.exec(metrics)?.[1])
    }
    const before = await rejected()
    write(content)
    await hangUp(/former accounts stay in force/)
    expect(await answerTo('second-passphrase')).toBe(200)
    expect(await rejected()).toBe(before + 1)
  })

  it('never prints a passphrase, and the service still stops in good order', async () => {
    expect(service.output()).not.toMatch(/first-passphrase|second-passphrase|third-passphrase/)
    expect(await stopService(service)).toBe(0)
  })
})
