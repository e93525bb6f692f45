import type { FastifyInstance } from 'fastify'
import type { Clock } from '../../lib/clock.ts'
import { createPace } from '../../lib/pace.ts'

/**
 * To all senders together: far more than a wrong secret causes, far less than the verified would feel. A sender that waits for
 * answers on no more connections than that gets no further than this pace. No sender waits longer than the fifty seconds that
 * proxies bear.
 */
const PACE = { burst: 200, perSecond: 200, maxWaiting: 10_000 }

const UNVERIFIED = [401, 429]

/**
 * A flood of what is not verified waits for its answers, and so for its next attempts. A sender that finds the line full is
 * answered at once: nothing costs less. No sender waits longer than the server is open. `now`: milliseconds, by a clock that the
 * operator cannot set.
 */
export function paceRefusals(
  app: FastifyInstance,
  { clock, now = () => performance.now() }: { clock: Clock; now?: () => number },
): void {
  const pace = createPace({ ...PACE, clock, now })
  /** Connections on which a refusal waits. */
  const held = new WeakSet<object>()
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!UNVERIFIED.includes(reply.statusCode)) {
      done(null, payload)
      return
    }
    const { socket } = request.raw
    if (held.has(socket)) {
      // Sent before the last one was answered, as no provider and no proxy does: it would not wait for its turn.
      socket.destroy()
      done(null, payload)
      return
    }
    held.add(socket)
    // It may be large, and no handler reads it again.
    request.body = undefined
    const answer = (): void => {
      held.delete(socket)
      done(null, payload)
    }
    const leave = pace.enter(answer)
    // A sender that has gone needs no turn; the request ends all the same.
    reply.raw.once('close', () => {
      if (leave()) answer()
    })
  })
  app.addHook('preClose', (done) => {
    pace.open()
    done()
  })
}
