import { UnreadablePayload } from './unreadable.ts'

/** Most elements, comments and CDATA sections of one document. A notification has fewer than 200. */
export const PIECES_MAX = 5000

/** Most attributes of one document. HiPay writes none. */
export const ATTRIBUTES_MAX = 500

/** Most characters and references of one document that XML does not allow. */
export const FLAWS_MAX = 100

export function refuse(what: string): never {
  throw new UnreadablePayload(`the XML ${what}`)
}

export function notWellFormed(): never {
  refuse('is not well-formed')
}

export function atMost(limit: number, what: string): () => void {
  let count = 0
  return () => {
    count += 1
    if (count > limit) refuse(`has more than ${limit} ${what}`)
  }
}
