import { setTimeout as pause } from 'node:timers/promises'
import type { Delivery } from './provider.ts'

const EVENTUALLY_MS = 10_000

/** Post a notification as the provider would. */
export const post = (url: string, { path, headers, body }: Delivery): Promise<Response> =>
  fetch(url + path, { method: 'POST', headers, body })

export interface Api {
  get(path: string): Promise<{ status: number; body: Record<string, unknown> }>
  post(path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }>
}

/** The merchant's side, with a key. */
export function api(url: string, apiKey: string): Api {
  const call = async (path: string, init: RequestInit) => {
    const response = await fetch(url + path, {
      ...init,
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }
  return {
    get: (path) => call(path, {}),
    post: (path, body) => call(path, { method: 'POST', body: JSON.stringify(body) }),
  }
}

/** Ask again until the check no longer throws: processing follows the acknowledgement by milliseconds. */
export async function eventually<T>(check: () => Promise<T>, patienceMs = EVENTUALLY_MS): Promise<T> {
  const deadline = Date.now() + patienceMs
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > deadline) throw error
      await pause(20)
    }
  }
}
