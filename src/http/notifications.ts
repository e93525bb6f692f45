import { isIP } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../lib/errors.ts'
import type { Receiver } from '../inbox/receive/receive.ts'
import type { Account } from '../providers/account.ts'
import type { NotificationRequest, Provider } from '../providers/provider.ts'
import type { Services } from '../services.ts'
import { delayRejections } from './plugins/delay-rejections.ts'
import { draining } from './plugins/draining.ts'
import { plainBodies } from './plugins/plain-bodies.ts'
import { countAgainst, type RateLimit } from './plugins/rate-limit.ts'
import { logFailures } from './plugins/request-log.ts'
import { traces } from './plugins/traces.ts'

/** `bodyLimit`: in bytes. */
export interface NotificationRoutesOptions extends Pick<
  Services,
  'accounts' | 'clock' | 'metrics' | 'tracer'
> {
  providers: readonly Provider[]
  receiver: Receiver
  isDraining: () => boolean
  bodyLimit: number
}

/**
 * Failed verifications of one sender before 429; verified traffic is never counted. A provider's own retries stay far below; a
 * guesser does not.
 */
const UNVERIFIED_PER_MINUTE = 120
/** With room for a zone. */
const ADDRESS_LENGTH_MAX = 64

const ACKNOWLEDGED_AS = 'text/plain; charset=utf-8'
const UNKNOWN_ACCOUNT = 'Check the account in the URL against the accounts file'
const TOO_MANY_UNVERIFIED = 'Too many notifications from this address failed verification'

type AccountRequest = FastifyRequest<{ Params: { account: string }; Body: Buffer | undefined }>

/**
 * The providers' side: no API key, the signature is the key. Bodies are raw bytes here, whatever their content type. Every
 * notification passes what is registered here, and nothing else.
 */
export async function notificationRoutes(
  app: FastifyInstance,
  options: NotificationRoutesOptions,
): Promise<void> {
  await app.register(traces, options)
  await app.register(draining, options)
  await app.register(plainBodies)
  acceptRawBytes(app)
  delayRejections(app, options)
  logFailures(app)
  const unverified = app.createRateLimit({ max: UNVERIFIED_PER_MINUTE, timeWindow: '1 minute' })
  for (const provider of options.providers) {
    for (const name of provider.names) {
      app.route({
        method: [...provider.methods],
        url: `/notifications/${name}/:account`,
        bodyLimit: options.bodyLimit,
        config: { provider: name },
        schema: { hide: true },
        handler: (request: AccountRequest, reply) => {
          const { account } = options.accounts.resolve(name, request.params.account, UNKNOWN_ACCOUNT)
          receive({ ...options, unverified }, { provider, account, request, reply })
        },
      })
    }
  }
}

/**
 * The family of a message is decided by its content, so the declared type is not even looked at: a missing, wrong or
 * ill-formed Content-Type must not lose a signed notification.
 */
function acceptRawBytes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, body)
  })
  app.addHook('onRequest', (request, _reply, done) => {
    request.raw.headers['content-type'] = 'application/octet-stream'
    done()
  })
}

interface Delivery {
  provider: Provider
  account: Account
  request: AccountRequest
  reply: FastifyReply
}

type Limits = NotificationRoutesOptions & { unverified: RateLimit }

function receive(
  { receiver, metrics, unverified }: Limits,
  { provider, account, request, reply }: Delivery,
): void {
  const notification = toNotification(request)
  if (notification.method === 'GET' && notification.query === '') {
    throw new AppError('missing_parameters', 'Send the notification parameters in the query, or POST them')
  }
  const received = receiver.receiveNotification({
    provider,
    account,
    request: notification,
    requestId: request.id,
    trace: request.span?.traceparent,
    source: addressOf(request),
    // A sender that keeps failing verification is told to slow down; one that is verified never passes here.
    onUnverified: async () => countAgainst(unverified, request, TOO_MANY_UNVERIFIED),
  })
  void received.then(
    () => {
      metrics.acknowledge.observe({}, reply.elapsedTime / 1_000)
      reply.header('content-type', ACKNOWLEDGED_AS).header('x-request-id', request.id)
      reply.send(provider.acknowledgement)
    },
    (error: unknown) => {
      reply.send(error)
    },
  )
}

/** X-Forwarded-For may hold any text: only a valid address is kept. */
function addressOf({ ip, socket }: FastifyRequest): string {
  return isIP(ip) !== 0 && ip.length <= ADDRESS_LENGTH_MAX ? ip : (socket.remoteAddress ?? 'unknown')
}

function toNotification(request: AccountRequest): NotificationRequest {
  const { url, method, headers } = request.raw
  const mark = url?.indexOf('?') ?? -1
  return {
    method: method === 'GET' ? 'GET' : 'POST',
    query: mark < 0 ? '' : (url?.slice(mark + 1) ?? ''),
    headers,
    body: request.body ?? Buffer.alloc(0),
  }
}
