import { API_KEY } from './accounts.ts'

/** What the merchant asks meanwhile. */

/** The audit keeps no book of it: announced again and again, it is one. */
export const ANNOUNCED_BY_PROBE = 'announced-by-probe'

const ORDER = 'O1%2F1'
const ANNOUNCEMENT = JSON.stringify({
  provider: 'be2bill',
  account: 'shop',
  orderId: ANNOUNCED_BY_PROBE,
  channel: 'hosted',
  amount: 1000,
  currency: 'EUR',
})

const QUESTIONS: [method: string, path: string, good: readonly number[]][] = [
  ['GET', '/v1/transactions?limit=1', [200]],
  ['GET', '/v1/transactions/be2bill/shop/A1-1', [200, 404]],
  ['GET', `/v1/orders/be2bill/shop/${ORDER}`, [200, 404]],
  ['GET', '/v1/discrepancies?open=true', [200]],
  ['GET', '/v1/reconciliation/summary', [200]],
  ['POST', '/v1/expectations', [201, 200]],
  ['GET', '/health/live', [200]],
  ['GET', '/health/ready', [200, 503]],
  ['GET', '/metrics', [200]],
]

/** The probe waits no longer than this for whatever answer. */
const PATIENCE_MS = 25_000

/** Answers that are neither good nor "not now, later": 503 with Retry-After. */
export async function improperAnswers(url: string): Promise<string[]> {
  const answers = await Promise.all(QUESTIONS.map(async (question) => ask(url, question)))
  return answers.flat()
}

async function ask(url: string, [method, path, good]: (typeof QUESTIONS)[number]): Promise<string[]> {
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' }
  const answer = await fetch(url + path, {
    method,
    headers,
    ...(method === 'POST' ? { body: ANNOUNCEMENT } : {}),
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).catch(() => null)
  if (answer === null) return [`${method} ${path}: no answer`]
  const text = await answer.text()
  const later = answer.status === 503 && Number(answer.headers.get('retry-after')) > 0
  return later || good.includes(answer.status) ? [] : [`${method} ${path}: ${answer.status} ${text}`]
}
