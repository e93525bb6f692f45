import { connect, type Socket } from 'node:net'

/** What `fetch` would refuse to send, byte for byte, and whatever is said to it. */
export interface RawConnection {
  write: (text: string) => void
  /** What has come so far, one character per byte. */
  received: () => string
  /** Resolves once the other side has closed. */
  closed: Promise<void>
  destroy: () => void
}

export function openRaw(url: string): RawConnection {
  const socket: Socket = connect(Number(new URL(url).port), '127.0.0.1')
  let received = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text
  })
  // A reset is an end like any other.
  socket.on('error', () => undefined)
  return {
    write: (text) => {
      socket.write(text, 'latin1')
    },
    received: () => received,
    closed: new Promise((resolve) => {
      socket.once('close', () => {
        resolve()
      })
    }),
    destroy: () => {
      socket.destroy()
    },
  }
}

/** Everything that is said to these bytes until the other side closes; it has to, by itself. */
export async function exchange(url: string, bytes: string): Promise<string> {
  const connection = openRaw(url)
  connection.write(bytes)
  await connection.closed
  return connection.received()
}
