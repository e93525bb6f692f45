import { createServer, type AddressInfo } from 'node:net'

/**
 * A port of 127.0.0.1 that no process listens on at this moment: `preferred` when that one is free, else any. Another
 * process may take it before the caller does.
 */
export async function findFreePort(preferred?: number): Promise<number> {
  const wanted = preferred === undefined ? undefined : await tryPort(preferred)
  const port = wanted ?? (await tryPort(0))
  if (port === undefined) throw new Error('No port of 127.0.0.1 is free.')
  return port
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(undefined)
    })
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: bound } = server.address() as AddressInfo
      server.close(() => {
        resolve(bound)
      })
    })
  })
}
