/**
 * What a merchant account promises about its traffic, as far as state and reconciliation depend on it.
 * Durations are milliseconds.
 */
export interface AccountPolicy {
  /** `expected`: every API call's answer is forwarded; `announced`: only those an expectation or operation id announces. */
  responses: 'expected' | 'announced' | 'none'
  /** `required`: a payment that no expectation announced is a discrepancy. */
  expectations: 'optional' | 'required'
  /** The mode of the account; null compares nothing. */
  test: boolean | null
  /** Merchant account numbers that may appear; empty compares nothing. */
  merchantIds: readonly string[]
  deadlines: {
    notification: number
    response: number
    expectation: number
    action: number
    pending: number
    /** How long the provider accepts payments on a payment page. */
    page: number
  }
  /** How long a call takes at most: from the request to its answer, or until the merchant stops waiting for one. */
  callTimeout: number
  /** By how much the clocks of merchant, provider and service may differ. */
  clockSkew: number
  /**
   * After how many refusals a payment page accepts no further attempt; null: not known, so no number of refusals ends
   * it.
   */
  pageAttempts: number | null
  /**
   * Name of the merchant's own field (HiPay custom_data, Be2bill EXTRADATA or METADATA) that carries the operation id of the
   * payment call and comes back in notifications; null: none does.
   */
  echoedIn: string | null
}
