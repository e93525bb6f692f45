/** What the service says of itself, so that tests meet a new call without being told of it. */

export interface DocumentedRoute {
  method: string
  /** With placeholders: /v1/orders/{provider}/{account}/{orderId}. */
  path: string
  /** False where the document says that no key is needed. */
  needsKey: boolean
  description: string
}

interface Operation {
  security?: unknown[]
  description?: string
}

/** Every call of the running service's OpenAPI document. */
export async function documentedRoutes(url: string): Promise<DocumentedRoute[]> {
  const answer = await fetch(`${url}/openapi.json`)
  const { paths } = (await answer.json()) as { paths: Record<string, Record<string, Operation>> }
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { security, description = '' }]) => ({
      method: method.toUpperCase(),
      path,
      needsKey: security?.length !== 0,
      description,
    })),
  )
}

/** Those under /v1, with the same id wherever one may stand. */
export const merchantRoutes = (routes: readonly DocumentedRoute[], id: string): DocumentedRoute[] =>
  routes
    .filter(({ path }) => path.startsWith('/v1/'))
    .map((route) => ({ ...route, path: withId(route.path, id) }))

export const withId = (path: string, id: string): string => path.replaceAll(/\{\w+\}/g, id)
