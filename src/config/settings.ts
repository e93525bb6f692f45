import { readFileSync } from 'node:fs'
import { isIP, isIPv6 } from 'node:net'
import { z } from 'zod'
import { sha256 } from '../lib/crypto.ts'
import { parseDuration } from '../lib/duration.ts'
import { parseDataKeys } from '../lib/key-ring.ts'
import { traceFields } from './trace-settings.ts'

/**
 * The settings, read once and passed down. A bad configuration stops the start with every problem listed by name;
 * values are never printed, since any of them may be a secret.
 */
export class ConfigurationError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((text) => `  - ${text}`).join('\n')}`)
    this.name = 'ConfigurationError'
    this.problems = problems
  }
}

const ROLES = ['ingest', 'read', 'operate'] as const
export type Role = (typeof ROLES)[number]

/** An API key as kept in memory: only its hash, so that a memory dump or a log gives nothing away. */
export interface ApiKey {
  name: string
  roles: readonly Role[]
  /** SHA-256 of the key. */
  hash: Buffer
}

export type Environment = Readonly<Record<string, string | undefined>>

const API_KEY_LENGTH_MIN = 24

const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be between ${min} and ${max}`)

const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms === null)
    context.addIssue({ code: 'custom', message: 'must be a duration such as 30s, 15m, 24h or 14d' })
  return ms ?? z.NEVER
})

const apiKeys = z.string().transform((text, context) => {
  const keys = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
  if (keys.length === 0) context.addIssue({ code: 'custom', message: 'must hold at least one key' })
  const parsed = keys.flatMap((entry, index) => {
    const key = parseApiKey(entry)
    if (typeof key !== 'string') return [key]
    context.addIssue({ code: 'custom', message: `entry ${index + 1} ${key}` })
    return []
  })
  // One key under two names would have the roles of whichever entry is found first.
  if (new Set(parsed.map(({ hash }) => hash.toString('hex'))).size < parsed.length)
    context.addIssue({ code: 'custom', message: 'must not hold the same key twice' })
  return parsed
})

/** `name:key` (all roles) or `name:role+role:key`; a text says what is wrong with the entry, without repeating it. */
function parseApiKey(entry: string): ApiKey | string {
  const parts = entry.split(':')
  const [name = '', middle, last] = parts
  const key = last ?? middle ?? ''
  const roles = last === undefined ? [...ROLES] : (middle ?? '').split('+')
  if (parts.length < 2 || parts.length > 3 || name === '') return 'must be name:key or name:role+role:key'
  if (key.length < API_KEY_LENGTH_MIN) return `must have a key of at least ${API_KEY_LENGTH_MIN} characters`
  // Anything else could not be sent in a header, so no caller could use it.
  if (!/^[\x21-\x7e]+$/.test(key)) return 'must have a key of visible ASCII characters without blanks'
  if (!roles.every(isRole)) return `may only name the roles ${ROLES.join(', ')}`
  return { name, roles: roles.filter(isRole), hash: sha256(key) }
}

const isRole = (text: string): text is Role => (ROLES as readonly string[]).includes(text)

const dataKeys = z.string().transform((text, context) => {
  const { keys, problems } = parseDataKeys(text)
  for (const message of problems) context.addIssue({ code: 'custom', message })
  return keys
})

const PROXY_NAMES = ['loopback', 'linklocal', 'uniquelocal']

/** `true`, `false`, how many proxies stand in front, or a list of addresses, networks and names of networks. */
function isTrustProxy(text: string): boolean {
  return /^(true|false|\d{1,2})$/.test(text) || text.split(',').every((part) => isProxy(part.trim()))
}

function isProxy(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/')
  if (PROXY_NAMES.includes(text) || (bits === undefined && isIP(text) !== 0)) return true
  const most = isIPv6(address) ? 128 : 32
  return isIP(address) !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits ?? '') && Number(bits) <= most
}

const NODE_ENVIRONMENTS = ['development', 'test', 'production'] as const

const settingsFields = z.object({
  // A near miss (`prod`, `Production`) must not quietly run with invented accounts and keys.
  NODE_ENV: z
    .enum(NODE_ENVIRONMENTS, `must be one of ${NODE_ENVIRONMENTS.join(', ')}`)
    .default('development'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must start with postgresql://')
    .optional(),
  DATABASE_POOL_SIZE: integer(2, 200).default(10),
  HOST: z.string().default('127.0.0.1'),
  PORT: integer(0, 65_535).default(3000),
  MANAGEMENT_PORT: integer(0, 65_535).optional(),
  ROLE: z.enum(['all', 'receiver', 'worker']).default('all'),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  ACCOUNTS_FILE: z.string().optional(),
  API_KEYS: apiKeys.optional(),
  API_CALLS_PER_SECOND: integer(1, 1_000_000).default(1_000),
  TRUST_PROXY: z
    .string()
    .refine(isTrustProxy, 'must be true, false, a number of proxies or a list of addresses and networks')
    .default('false'),
  BODY_LIMIT_BYTES: integer(1_024, 16_777_216).default(262_144),
  ACKNOWLEDGE_TIMEOUT_MS: integer(100, 60_000).default(2_000),
  DRAIN_DELAY_MS: integer(0, 60_000).default(300),
  PROCESSING_THREAD: z.enum(['on', 'off']).default('on'),
  // Each batch costs fifteen statements, however few messages share them.
  PROCESSING_GATHER_MS: integer(0, 1_000).default(20),
  SWEEP_INTERVAL: duration.default(30_000),
  DATA_KEYS: dataKeys.optional(),
  INBOX_RETENTION_DAYS: integer(0, 36_500).default(0),
  DATA_DIRECTORY: z.string().default('.data'),
  ...traceFields,
})

const settingsSchema = settingsFields.refine(
  ({ PORT, MANAGEMENT_PORT }) => MANAGEMENT_PORT !== PORT || PORT === 0,
  { path: ['MANAGEMENT_PORT'], error: 'must differ from PORT' },
)

export type Settings = z.infer<typeof settingsSchema> & { production: boolean }

/** Names of all settings, for the test that compares them with .env.example. */
export const SETTING_NAMES = Object.keys(settingsFields.shape)

/**
 * Settings from the environment; any `X` may be given as `X_FILE`, the path of a file (a mounted secret) whose content
 * counts without one trailing newline. Throws ConfigurationError with every problem.
 */
export function loadSettings(environment: Environment, readText = readTextFile): Settings {
  const problems: string[] = []
  const given = Object.fromEntries(
    SETTING_NAMES.flatMap((name) => {
      const value = settingText(name, environment, readText, problems)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const result = settingsSchema.safeParse(given)
  problems.push(...(result.error?.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`) ?? []))
  // Read off what was given: what else is wrong must not hide what is missing.
  const production = given['NODE_ENV'] === 'production'
  if (production) problems.push(...missingInProduction(given))
  if (!result.success || problems.length > 0) throw new ConfigurationError(problems)
  return { ...result.data, production }
}

function settingText(
  name: string,
  environment: Environment,
  readText: (path: string) => string,
  problems: string[],
): string | undefined {
  const path = name === 'ACCOUNTS_FILE' ? '' : (environment[`${name}_FILE`] ?? '')
  try {
    const text = path === '' ? environment[name] : readText(path)
    return text === '' ? undefined : text
  } catch {
    problems.push(`${name}_FILE: the file cannot be read`)
    return undefined
  }
}

/** A file's text without one trailing newline, which editors and `echo` add to secrets. */
export const readTextFile = (path: string): string => readFileSync(path, 'utf8').replace(/\r?\n$/, '')

function missingInProduction(given: Record<string, unknown>): string[] {
  return ['DATABASE_URL', 'API_KEYS', 'ACCOUNTS_FILE']
    .filter((name) => given[name] === undefined)
    .map((name) => `${name}: is required in production`)
}
