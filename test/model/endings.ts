import type { ResponseEnvelope } from '../../src/providers/provider.ts'
import { textOf, toldUnknown } from './calls.ts'
import type { Call } from './ledger.ts'
import { forward } from './network.ts'
import type { Network } from './network.ts'
import type { Told } from './told.ts'

/** How a call ended, as the shop forwards it: what the network does is the same for every provider. */

/** A provider's no to the call itself. */
interface Refusal {
  httpStatus: number
  body: object
  /** As the story calls it. */
  called: string
}

/** What each provider says in its own words. */
export interface Wording {
  envelope: ResponseEnvelope
  notProcessed: Refusal
  duplicate: Refusal
  sayAnswer: (network: Network, call: Call) => void
}

export function forwardEnd(network: Network, call: Call, wording: Wording): void {
  const say = (
    ended: Partial<ResponseEnvelope>,
    body: object | string,
    what: string,
    tells: Told[],
  ): void => {
    const text = textOf(network.truth, call, what)
    forward(network, { ...wording.envelope, ...ended }, body, { at: call.toldAt!, text, tells })
  }
  const sayRefusal = ({ httpStatus, body, called }: Refusal): void => {
    say({ httpStatus }, body, called, [{ of: 'call', call, end: call.end }])
  }
  switch (call.end) {
    case 'cut_off':
      say({ error: 'timeout' }, '', 'no answer came', toldUnknown(call))
      return
    case 'server_error':
      say({ httpStatus: 502 }, '', 'HTTP 502', toldUnknown(call))
      return
    case 'proxy_error':
      say({ httpStatus: 408 }, '<html>', 'HTTP 408 of a gateway', toldUnknown(call))
      return
    case 'not_processed':
      sayRefusal(wording.notProcessed)
      return
    case 'duplicate':
      sayRefusal(wording.duplicate)
      return
    case 'answered':
      wording.sayAnswer(network, call)
  }
}
