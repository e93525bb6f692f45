import type { FastifyInstance } from 'fastify'
import type { Clock } from '../lib/clock.ts'
import { createPace } from '../lib/pace.ts'

/**
 * To all senders together: far more than a wrong secret causes, far less than the verified would feel. Whoever sends on fewer
 * connections than may wait gets no further than this pace; one that waits costs little more than the connection does.
 */
const PACE = { burst: 200, perSecond: 100, maxWaiting: 10_000 }

const UNVERIFIED = [401, 429]

/**
 * A flood of what is not verified waits for its answers, and so for its next attempts. Who finds the line full is answered at
 * once: nothing costs less. Nobody waits longer than the server is open. `now`: milliseconds, by a clock that nobody sets.
 */
export function paceRefusals(
  app: FastifyInstance,
  { clock, now = () => performance.now() }: { clock: Clock; now?: () => number },
): void {
  const pace = createPace({ now, ...PACE })
  const line = new Set<() => void>()
  let closing = false
  app.addHook('onSend', (request, reply, payload, done) => {
    const wait = closing || !UNVERIFIED.includes(reply.statusCode) ? null : pace.turn()
    if (wait === null || wait === 0) {
      done(null, payload)
      return
    }
    // It may be large, and nobody reads it again.
    request.body = undefined
    const answer = (): void => {
      cancel()
      line.delete(answer)
      done(null, payload)
    }
    const cancel = clock.after(wait, answer)
    line.add(answer)
  })
  app.addHook('preClose', (done) => {
    closing = true
    for (const answer of line) answer()
    done()
  })
}
