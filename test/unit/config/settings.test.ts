import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ConfigurationError,
  SETTING_NAMES,
  loadSettings,
  readTextFile,
  type Environment,
} from '../../../src/config/settings.ts'
import { sha256 } from '../../../src/lib/crypto.ts'

const KEY = 'k'.repeat(24)
const DATA_KEY = Buffer.alloc(32, 'K').toString('base64')
const PRODUCTION = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgresql://db/x',
  API_KEYS: `ci:${KEY}`,
  ACCOUNTS_FILE: '/etc/accounts.json',
}

function problemsOf(environment: Environment, readText?: (path: string) => string): readonly string[] {
  try {
    loadSettings(environment, readText)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError)
    return (error as ConfigurationError).problems
  }
  return []
}

describe('settings', () => {
  it('have the documented defaults', () => {
    expect(loadSettings({})).toMatchObject({
      HOST: '127.0.0.1',
      PORT: 3000,
      ROLE: 'all',
      PROCESSING_THREAD: 'on',
      LOG_LEVEL: 'info',
      TRUST_PROXY: 'false',
      BODY_LIMIT_BYTES: 262_144,
      ACKNOWLEDGE_TIMEOUT_MS: 2_000,
      SWEEP_INTERVAL: 30_000,
      INBOX_RETENTION_DAYS: 0,
      production: false,
    })
    expect(loadSettings({}).DATA_KEYS).toBeUndefined()
    expect(loadSettings({}).DATABASE_URL).toBeUndefined()
  })

  it('treat an empty variable as absent', () => {
    expect(loadSettings({ PORT: '', HOST: '', API_KEYS: '' })).toMatchObject({
      PORT: 3000,
      HOST: '127.0.0.1',
    })
  })

  it.each([
    ['PORT', '65536'],
    ['PORT', '-1'],
    ['PORT', '3000x'],
    ['PORT', '3e3'],
    ['MANAGEMENT_PORT', 'x'],
    ['ROLE', 'boss'],
    ['PROCESSING_THREAD', 'yes'],
    ['LOG_LEVEL', 'loud'],
    ['BODY_LIMIT_BYTES', '12'],
    ['ACKNOWLEDGE_TIMEOUT_MS', '0'],
    ['SWEEP_INTERVAL', '30'],
    ['SWEEP_INTERVAL', '0s'],
    ['DATABASE_URL', 'mysql://db'],
    ['DATABASE_POOL_SIZE', '1'],
    ['TRUST_PROXY', 'somebody'],
    ['TRUST_PROXY', '10.0.0.0/33'],
    ['TRUST_PROXY', '10.0.0.1,nonsense'],
    ['TRUST_PROXY', '-1'],
    ['API_KEYS', 'nameless'],
    ['API_KEYS', `:${KEY}`],
    ['API_KEYS', `name:${KEY.slice(1)}`],
    ['API_KEYS', `name:king:${KEY}`],
    ['API_KEYS', `name:read+king:${KEY}`],
    ['API_KEYS', `name:read:${KEY}:more`],
    ['API_KEYS', `name:${KEY} ${KEY}`],
    ['API_KEYS', ','],
    ['API_KEYS', `one:read:${KEY},other:operate:${KEY}`],
    ['API_CALLS_PER_SECOND', '0'],
    ['NODE_ENV', 'Production'],
    ['NODE_ENV', 'staging'],
  ])('refuse %s=%s by name, without repeating the value', (name, value) => {
    const problems = problemsOf({ [name]: value })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(new RegExp(`^${name}: `))
    if (value.length > 3) expect(problems.join()).not.toContain(value)
  })

  it.each(['true', 'false', '0', '2', '127.0.0.1', '10.0.0.0/8,::1', 'fd00::/8', 'loopback, uniquelocal'])(
    'take TRUST_PROXY=%s',
    (value) => {
      expect(loadSettings({ TRUST_PROXY: value }).TRUST_PROXY).toBe(value)
    },
  )

  it.each(['prod', 'production ', 'PRODUCTION'])('take no near miss for a mode: NODE_ENV=%s', (mode) => {
    expect(problemsOf({ NODE_ENV: mode })).toEqual(['NODE_ENV: must be one of development, test, production'])
  })

  it('tell the port of providers and that of the platform apart', () => {
    expect(problemsOf({ MANAGEMENT_PORT: '3000' })).toEqual(['MANAGEMENT_PORT: must differ from PORT'])
    expect(problemsOf({ PORT: '0', MANAGEMENT_PORT: '0' })).toEqual([])
    expect(problemsOf({ PORT: '3001', MANAGEMENT_PORT: '3000' })).toEqual([])
  })

  it('list every problem at once, those of production too', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      PORT: 'x',
      ROLE: 'boss',
      API_KEYS: 'a:short',
      SWEEP_INTERVAL_FILE: '/nowhere/at/all',
    })
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      'ACCOUNTS_FILE',
      'API_KEYS',
      'DATABASE_URL',
      'PORT',
      'ROLE',
      'SWEEP_INTERVAL_FILE',
    ])
    const message = new ConfigurationError(problems).message
    for (const problem of problems) expect(message).toContain(problem)
  })

  it.each(['DATABASE_URL', 'API_KEYS', 'ACCOUNTS_FILE'])('need %s in production', (name) => {
    expect(problemsOf(PRODUCTION)).toEqual([])
    expect(problemsOf({ ...PRODUCTION, [name]: undefined })).toEqual([`${name}: is required in production`])
    expect(problemsOf({ ...PRODUCTION, [name]: '' })).toEqual([`${name}: is required in production`])
    expect(problemsOf({ ...PRODUCTION, NODE_ENV: 'development', [name]: undefined })).toEqual([])
  })

  it('refuse an empty file for API keys: a service without a key would look configured', () => {
    const problems = problemsOf({ ...PRODUCTION, API_KEYS: undefined, API_KEYS_FILE: '/keys' }, () => '')
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^API_KEYS: /)
  })

  it('keep of an API key its name, its roles and its hash alone', () => {
    const other = 'o'.repeat(30)
    const { API_KEYS } = loadSettings({ API_KEYS: ` all:${KEY} , shop:ingest+read:${other},` })
    expect(API_KEYS).toEqual([
      { name: 'all', roles: ['ingest', 'read', 'operate'], hash: sha256(KEY) },
      { name: 'shop', roles: ['ingest', 'read'], hash: sha256(other) },
    ])
    expect(JSON.stringify(API_KEYS)).not.toContain(other)
  })

  it('never print a value, whatever is wrong with it', () => {
    const secret = 'S3CRET-VALUE'
    for (const name of SETTING_NAMES) {
      for (const value of [secret, `${secret}:${secret}`, `x:${secret}:y`, `9${secret}`]) {
        expect(problemsOf({ [name]: value, NODE_ENV: 'production' }).join()).not.toContain(secret)
      }
    }
  })
})

describe('data keys', () => {
  it('are kept in the order given: the first one seals', () => {
    const DATA_KEYS = `new:${DATA_KEY},old:${Buffer.alloc(32, 'O').toString('base64')}`
    expect(loadSettings({ DATA_KEYS }).DATA_KEYS?.map(({ id }) => id)).toEqual(['new', 'old'])
  })

  it('are refused with a message for each problem, and never printed', () => {
    const problems = problemsOf({ DATA_KEYS: `a:${DATA_KEY.slice(0, 24)},b,a b:${DATA_KEY}` })
    expect(problems).toEqual([
      'DATA_KEYS: entry 1 must have a key of 32 bytes in base64 (openssl rand -base64 32); this one has 18 bytes',
      'DATA_KEYS: entry 2 must be id:key, the key 32 bytes in base64 (openssl rand -base64 32)',
      'DATA_KEYS: entry 3 must have an id of 1 to 32 letters, digits, dots, dashes and underscores',
    ])
  })
})

describe('settings from files', () => {
  let folder: string
  const file = (name: string, content: string): string => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return path
  }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'config-test-'))
  })
  afterAll(() => {
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['a newline', 'postgresql://db/x\n'],
    ['CR and LF', 'postgresql://db/x\r\n'],
    ['nothing', 'postgresql://db/x'],
  ])('count without what %s adds at their end', (_what, content) => {
    const settings = loadSettings({ DATABASE_URL_FILE: file('url', content) })
    expect(settings.DATABASE_URL).toBe('postgresql://db/x')
  })

  it('lose one trailing newline and no other blank', () => {
    expect(readTextFile(file('secret', ' a \n\n'))).toBe(' a \n')
  })

  it.each(SETTING_NAMES.filter((name) => name !== 'ACCOUNTS_FILE'))('may give %s', (name) => {
    const valid: Record<string, string> = {
      DATABASE_URL: 'postgresql://db/x',
      API_KEYS: `a:${KEY}`,
      ROLE: 'worker',
      PROCESSING_THREAD: 'off',
      LOG_LEVEL: 'warn',
      SWEEP_INTERVAL: '1m',
      PROCESSING_GATHER_MS: '20',
      NODE_ENV: 'test',
      HOST: '0.0.0.0',
      DATABASE_POOL_SIZE: '20',
      TRUST_PROXY: 'true',
      MANAGEMENT_PORT: '9090',
      DATA_DIRECTORY: '/data',
      DATA_KEYS: `a:${DATA_KEY}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://collector/v1/traces',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20key',
      OTEL_TRACES_SAMPLER: 'always_off',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    }
    const value = valid[name] ?? '2048'
    expect(problemsOf({ [`${name}_FILE`]: file(name, `${value}\n`) })).toEqual([])
    expect(loadSettings({ [`${name}_FILE`]: file(name, `${value}\n`) })).toEqual(
      loadSettings({ [name]: value }),
    )
  })

  it('are named when they cannot be read, without their path', () => {
    expect(problemsOf({ PORT_FILE: '/nowhere/at/all' })).toEqual(['PORT_FILE: the file cannot be read'])
  })

  it('never print what they hold', () => {
    const problems = problemsOf({ DATABASE_URL_FILE: file('bad', 'S3CRET') })
    expect(problems).toHaveLength(1)
    expect(problems.join()).not.toContain('S3CRET')
  })
})
