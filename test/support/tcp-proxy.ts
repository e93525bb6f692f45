import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** A wire that a test can cut: connections pass through it to a server. */
export interface TcpProxy {
  port: number
  /** Cut every connection and refuse new ones. */
  cut: () => void
  /** Keep connections open and accept new ones, but let not one byte through: a host that fell silent. */
  silence: () => void
  /** Hold every byte back for so long, each way. */
  delay: (ms: number) => void
  /** Say goodbye to one side in the other's name, who only learns it from what that side does. */
  halfClose: (to: 'client' | 'server') => void
  /** Cut the next connection that sends these bytes: before they reach the server, or once it has answered them. */
  cutAt: (bytes: string, moment: 'before' | 'answered') => Promise<void>
  /** Let connections through again. Those that were silent stay silent for ever, as after a failover. */
  mend: () => void
  close: () => Promise<void>
}

type State = 'through' | 'cut' | 'silent'

/** One client's connection, and the one made for it. */
interface Link {
  client: Socket
  server: Socket
  /** Its next answer is not let through. */
  doomed: boolean
}

interface Trap {
  bytes: string
  moment: 'before' | 'answered'
  sprung: () => void
}

class Wire {
  readonly links = new Set<Link>()
  readonly sockets = new Set<Socket>()
  state: State = 'through'
  delayMs = 0
  trap: Trap | undefined
  readonly #target: { host: string; port: number }

  constructor(target: { host: string; port: number }) {
    this.#target = target
  }

  accept = (client: Socket): void => {
    this.#keep(client)
    if (this.state === 'cut') client.destroy()
    if (this.state !== 'through') return
    const server = connect({ ...this.#target, allowHalfOpen: true })
    this.#keep(server)
    const link = { client, server, doomed: false }
    this.links.add(link)
    this.#carry(client, server, (chunk) => this.#asks(link, chunk))
    this.#carry(server, client, () => this.#answers(link))
    client.on('close', () => this.links.delete(link))
  }

  #keep(socket: Socket): void {
    this.sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.sockets.delete(socket))
  }

  /** Bytes in their order, each through `lets` and after the delay; an end or a break of one side is one of the other. */
  #carry(from: Socket, to: Socket, lets: (chunk: Buffer) => boolean): void {
    let line = Promise.resolve()
    const inLine = (act: () => void): void => {
      const { delayMs } = this
      if (delayMs > 0) line = line.then(async () => pause(delayMs))
      line = line.then(act)
    }
    from.on('data', (chunk: Buffer) => {
      if (!lets(chunk)) return
      inLine(() => to.writable && to.write(chunk))
    })
    from.on('end', () => {
      inLine(() => to.end())
    })
    from.on('close', () => {
      inLine(() => to.destroy())
    })
  }

  #asks(link: Link, chunk: Buffer): boolean {
    const { trap } = this
    if (trap === undefined || !chunk.includes(trap.bytes)) return true
    this.trap = undefined
    if (trap.moment === 'before') link.client.destroy()
    else link.doomed = true
    trap.sprung()
    return trap.moment !== 'before'
  }

  #answers(link: Link): boolean {
    if (link.doomed) link.client.destroy()
    return !link.doomed
  }
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const wire = new Wire(target)
  const server = createServer({ allowHalfOpen: true }, wire.accept)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const destroyAll = (): void => {
    for (const socket of wire.sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      wire.state = 'cut'
      destroyAll()
    },
    silence: () => {
      wire.state = 'silent'
      for (const socket of wire.sockets) socket.removeAllListeners('data').pause()
    },
    delay: (ms) => {
      wire.delayMs = ms
    },
    halfClose: (to) => {
      for (const link of wire.links) link[to].end()
    },
    cutAt: async (bytes, moment) =>
      new Promise((resolve) => {
        wire.trap = { bytes, moment, sprung: resolve }
      }),
    mend: () => {
      wire.state = 'through'
      wire.delayMs = 0
    },
    close: async () => {
      destroyAll()
      server.close()
      await once(server, 'close')
    },
  }
}
