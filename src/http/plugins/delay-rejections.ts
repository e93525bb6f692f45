import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { createTurnQueue } from '../../lib/turn-queue.ts'

/**
 * Rejections a second, of all senders together: far more than a wrong secret causes, and too few to slow verified messages down. A
 * sender that waits for its answers gets no further than this. No sender waits longer than fifty seconds, which proxies accept.
 */
const LIMITS = { burst: 200, perSecond: 200, maxWaiting: 10_000 }

const UNVERIFIED = [401, 429]

/**
 * In a flood of unverified messages, senders wait for their rejections, and so for their next attempts. When too many wait already,
 * a sender is answered immediately, which costs least. A closing server answers all of them. `now`: milliseconds of a clock that
 * the operator cannot set.
 */
export function delayRejections(
  app: FastifyInstance,
  { clock, now = () => performance.now() }: { clock: Clock; now?: () => number },
): void {
  const turns = createTurnQueue({ ...LIMITS, clock, now })
  /** Connections on which a rejection waits. */
  const held = new WeakSet<object>()
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!UNVERIFIED.includes(reply.statusCode)) {
      done(null, payload)
      return
    }
    const { socket } = request.raw
    if (held.has(socket)) {
      // This request was sent before the last one was answered, as no provider and no proxy does: its sender would not wait.
      socket.destroy()
      done(null, payload)
      return
    }
    held.add(socket)
    // The body may be large, and no handler reads it again.
    request.body = undefined
    const answer = (): void => {
      held.delete(socket)
      done(null, payload)
    }
    const leave = turns.enter(answer)
    // A sender that has gone needs no turn; the request ends all the same.
    reply.raw.once('close', () => {
      if (leave()) answer()
    })
  })
  app.addHook('preClose', (done) => {
    turns.open()
    done()
  })
}
