import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { AppError } from '../../lib/errors.ts'

/** Bodies are read as they came: a signature covers exact bytes, and a compressed one does not tell what it would grow to. */
export const plainBodies = fp(
  async (app: FastifyInstance) => {
    app.addHook('onRequest', (request, _reply, done) => {
      const encoding = request.headers['content-encoding']
      done(encoding === undefined || encoding.toLowerCase() === 'identity' ? undefined : compressed())
    })
  },
  { name: 'plain-bodies' },
)

const compressed = (): AppError =>
  new AppError(
    'unsupported_content_encoding',
    'Send the body uncompressed, without Content-Encoding: what is signed or forwarded is its exact bytes',
  )
