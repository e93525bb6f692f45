/** What an order answers to a merchant who asks whether to try again, where nothing was paid. */

export const IN_FLIGHT = {
  safeToRetry: false,
  paid: false,
  reason: 'request_in_flight',
  sources: ['expectation'],
}
export const SAFE = { safeToRetry: true, paid: false, reason: 'nothing_stands', sources: [] }
