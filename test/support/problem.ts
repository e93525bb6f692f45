import { expect } from 'vitest'

/** Assert the whole contract of an error: status, type, members, code, and one id in body and header. Answers the text. */
export async function expectProblem(answer: Response, status: number, code: string): Promise<string> {
  const text = await answer.text()
  expect({ status: answer.status, text }).toMatchObject({ status })
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json\b/)
  const problem = JSON.parse(text) as Record<string, unknown>
  expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type'])
  expect(problem).toMatchObject({ type: `urn:problem:${code}`, status, code })
  expect(problem['requestId']).toBe(answer.headers.get('x-request-id'))
  return text
}
