import { readPayload } from './payload.ts'
import { wordAt } from './fields.ts'

/** HiPay writes merchant ids (`mid`) with eleven digits; people configure them, and JSON numbers carry them, without the zeros. */
export function padMerchantId(id: string): string {
  return /^\d+$/.test(id) ? id.padStart(11, '0') : id
}

/** The `mid` of a body in any encoding, padded; null when it names none or cannot be read. Never throws. */
export function merchantIdIn(body: Buffer): string | null {
  try {
    const mid = wordAt(readPayload(body).fields, 'mid')
    return mid === null ? null : padMerchantId(mid)
  } catch {
    return null
  }
}
