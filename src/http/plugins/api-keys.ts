import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { ApiKey, Role } from '../../config/settings.ts'
import { equalInConstantTime, sha256 } from '../../lib/crypto.ts'
import { AppError } from '../../lib/errors.ts'
import { countAgainst } from './rate-limit.ts'

export interface ApiKeysOptions {
  keys: readonly ApiKey[]
  /** Calls of one key in one second before 429. */
  callsPerSecond: number
}

/**
 * Calls of one address without a known key before 429. It saves log lines and processor time; the length of the keys is what
 * keeps a guesser out, so a call with a known key is never refused for other calls of its address.
 */
const UNKNOWN_KEYS_PER_MINUTE = 300

/**
 * Every route registered after this needs a key with the role of its `config.role`, unless it says `config.open`: one
 * that says neither refuses every key.
 */
export const apiKeys = fp(
  async (app: FastifyInstance, { keys, callsPerSecond }: ApiKeysOptions) => {
    const unknownKeys = app.createRateLimit({ max: UNKNOWN_KEYS_PER_MINUTE, timeWindow: '1 minute' })
    const calls = app.createRateLimit({
      max: callsPerSecond,
      timeWindow: '1 second',
      keyGenerator: ({ caller }) => caller,
    })
    app.decorateRequest('caller', '')
    app.decorateRequest('callerRoles')
    app.addHook('onRequest', async (request) => {
      const { open, role = [] } = request.routeOptions.config
      if (open === true || request.is404) return
      const key = findKey(keys, request.headers.authorization)
      if (!key) {
        await countAgainst(unknownKeys, request, 'Too many calls from this address had no known API key')
        throw unauthorized()
      }
      request.caller = key.name
      request.callerRoles = key.roles
      await countAgainst(calls, request, `The key ${key.name} has made too many calls; wait, and spread them`)
      requireRole(key, rolesOf(role))
    })
  },
  { name: 'api-keys', dependencies: ['@fastify/rate-limit'] },
)

/** All keys are compared, in constant time each, so that the answer's duration says nothing about which one came close. */
function findKey(keys: readonly ApiKey[], authorization = ''): ApiKey | undefined {
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(authorization)?.[1]
  if (token === undefined) return undefined
  const received = sha256(token)
  return keys.filter((key) => equalInConstantTime({ expected: key.hash, received }))[0]
}

const unauthorized = (): AppError =>
  new AppError('unauthorized', 'Send the header Authorization: Bearer <key> with a configured API key', {
    headers: { 'www-authenticate': 'Bearer' },
  })

function requireRole(key: ApiKey, roles: readonly Role[]): void {
  if (roles.some((role) => key.roles.includes(role))) return
  throw new AppError(
    'forbidden',
    `This call needs the role ${roles.join(' or ') || 'none has'}; the key ${key.name} does not have it`,
  )
}

/** The roles of which a route needs one. */
export const rolesOf = (role: Role | readonly Role[]): readonly Role[] =>
  typeof role === 'string' ? [role] : role

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The role that a key needs for this route, or several of which one is enough. */
    role?: Role | readonly Role[]
    /** No key is needed: the signature is the key, or nothing said here is worth one. */
    open?: true
  }
  interface FastifyRequest {
    /** Name of the API key that the request came with; empty where none is needed. */
    caller: string
    /** Roles of that key. */
    callerRoles?: readonly Role[]
  }
}
