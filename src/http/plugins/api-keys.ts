import type { FastifyInstance, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import type { ApiKey, Role } from '../../config.ts'
import { equalInConstantTime, sha256 } from '../../lib/crypto.ts'
import { AppError } from '../../lib/errors.ts'

/** Every route of the scope needs a key; the role comes from the route's `config.role`. */
export const apiKeys = fp(
  async (app: FastifyInstance, { keys }: { keys: readonly ApiKey[] }) => {
    app.decorateRequest('caller', '')
    app.addHook('onRequest', async (request) => {
      request.caller = authorize(request, keys, request.routeOptions.config.role)
    })
  },
  { name: 'api-keys' },
)

/** Answers the name of the key. */
function authorize(request: FastifyRequest, keys: readonly ApiKey[], role: Role | undefined): string {
  const token = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '')?.[1]
  const key = token === undefined ? undefined : findKey(keys, token)
  if (!key) {
    throw new AppError(
      'unauthorized',
      'Send the header Authorization: Bearer <key> with a configured API key',
      {
        headers: { 'www-authenticate': 'Bearer' },
      },
    )
  }
  // A route that forgot to say its role is open to nobody.
  if (role === undefined || !key.roles.includes(role)) {
    throw new AppError(
      'forbidden',
      `This call needs the role ${role ?? 'none has'}; the key ${key.name} does not have it`,
    )
  }
  return key.name
}

/** All keys are compared, in constant time each, so that the answer's duration says nothing about which one came close. */
function findKey(keys: readonly ApiKey[], token: string): ApiKey | undefined {
  const received = sha256(token)
  return keys.filter((key) => equalInConstantTime({ expected: key.hash, received }))[0]
}

declare module 'fastify' {
  interface FastifyContextConfig {
    role?: Role
  }
  interface FastifyRequest {
    /** Name of the API key that the request came with; empty where none is needed. */
    caller: string
  }
}
