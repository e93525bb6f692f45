/**
 * The values of statements that were sent together. Of several that failed, the first in this order is thrown: it is the
 * cause, and the others were refused because of it. Throws only when all have ended, so that none is still on its way.
 */
export async function allInOrder<Sent extends readonly Promise<unknown>[]>(
  sent: readonly [...Sent],
): Promise<{ -readonly [At in keyof Sent]: Awaited<Sent[At]> }> {
  for (const one of await Promise.allSettled<unknown>(sent)) if (one.status === 'rejected') throw one.reason
  return Promise.all(sent)
}
