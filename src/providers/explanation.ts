/**
 * Why a signature does not verify. A cause is named only when it is proven: with the fault undone, a configured secret did sign
 * the message. `wrong_secret` is what remains: nothing that was tried did.
 */
export const SIGNATURE_CAUSES = [
  'wrong_algorithm',
  'wrong_secret',
  'other_account',
  'expired_secret',
  'secret_whitespace',
  'body_newline',
  'reencoded_body',
  'html_escaped_body',
  'redirect_signature',
  'merged_parameters',
] as const
export type SignatureCause = (typeof SIGNATURE_CAUSES)[number]

/** One difference between the message as it was signed and as it is here. `remedy`: what to change, as a part of a sentence. */
export interface Fault {
  cause: SignatureCause
  remedy: string
}

/** Why a signature does not verify. */
export interface Explanation {
  /** Null: the message carries no signature that could be compared. */
  cause: SignatureCause | null
  /** The secret that signed the message; null where none is known to have. */
  secretId: string | null
  /** One sentence. */
  remedy: string
}
