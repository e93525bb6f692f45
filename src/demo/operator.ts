import { setTimeout as pause } from 'node:timers/promises'
import type { Answer, MerchantAccess } from '../cli/delivery.ts'
import type { DiscrepancyView } from './belief.ts'
import type { ResolutionStep } from './scenario.ts'

/** What an operator does: look at what is open, and close what they saw. */

const TIMEOUT_MS = 10_000
const OPEN_WITHIN_MS = 5_000
const POLL_MS = 10

/** Close the order's open discrepancy of that class, naming the version that was shown. Rejects when none opens. */
export async function resolveOpen(
  access: MerchantAccess,
  order: { provider: string; account: string },
  { orderId, class: wanted, note }: ResolutionStep,
): Promise<Answer> {
  const path = `/v1/orders/${order.provider}/${order.account}/${encodeURIComponent(orderId)}`
  const { id, version } = await untilOpen(access, path, wanted)
  const response = await call(access, `/v1/discrepancies/${id}/resolve`, { note, version })
  return { status: response.status, body: await response.text() }
}

type Shown = DiscrepancyView & { id: string; version: number }

async function untilOpen(access: MerchantAccess, path: string, wanted: string): Promise<Shown> {
  const deadline = performance.now() + OPEN_WITHIN_MS
  while (performance.now() < deadline) {
    const answer = await call(access, path)
    const { discrepancies = [] } = (await answer.json()) as { discrepancies?: Shown[] }
    const found = discrepancies.find((shown) => shown.class === wanted && shown.resolvedAt === null)
    if (found !== undefined) return found
    await pause(POLL_MS)
  }
  throw new Error(`no ${wanted} opened at ${path}`)
}

const call = async ({ baseUrl, apiKey }: MerchantAccess, path: string, body?: object): Promise<Response> =>
  fetch(baseUrl + path, {
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  })
