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
  }
}
