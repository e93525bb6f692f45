import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { once } from 'node:events'

/** A wire that a test can cut: connections pass through it to a server. */
export interface TcpProxy {
  port: number
  /** Cut every connection and refuse new ones. */
  cut: () => void
  /** Keep connections open and accept new ones, but let not one byte through: a host that fell silent. */
  silence: () => void
  /** Let connections through again. Those that were silent stay silent for ever, as after a failover. */
  mend: () => void
  close: () => Promise<void>
}

type State = 'through' | 'cut' | 'silent'

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let state: State = 'through'
  const server = createServer((inner) => {
    keep(sockets, inner)
    if (state === 'cut') inner.destroy()
    if (state !== 'through') return
    const outer = connect(target)
    keep(sockets, outer)
    inner.pipe(outer)
    outer.pipe(inner)
    // Either end closing ends the other, as without a proxy between them.
    inner.on('close', () => outer.destroy())
    outer.on('close', () => inner.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const destroyAll = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      state = 'cut'
      destroyAll()
    },
    silence: () => {
      state = 'silent'
      for (const socket of sockets) socket.unpipe().pause()
    },
    mend: () => {
      state = 'through'
    },
    close: async () => {
      destroyAll()
      server.close()
      await once(server, 'close')
    },
  }
}

function keep(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket)
  socket.on('error', () => undefined)
  socket.on('close', () => sockets.delete(socket))
}
