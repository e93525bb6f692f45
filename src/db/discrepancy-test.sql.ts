/**
 * Whether a discrepancy `d` is one of test mode: as its payment says; else, where it is about an order or a call, as the accounts
 * file says of the account. Null: neither does.
 */
export const DISCREPANCY_TEST = 'coalesce(t.test, c.test)::text'

export const DISCREPANCY_TEST_JOINS = `
  LEFT JOIN transactions t ON t.reference = d.reference AND t.account = d.account AND t.provider = d.provider
  LEFT JOIN configured_accounts c ON c.account = d.account AND c.provider = d.provider`
