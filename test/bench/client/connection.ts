import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/**
 * One keep-alive connection with one request under way at a time. The answers are read no further than status and length:
 * the generator shares the machine with what it measures.
 */
export interface Connection {
  /** Connect ahead of the first request. */
  open(): Promise<void>
  /** Send a request; `onAnswer` tells its end. */
  send(request: Buffer): void
  close(): void
}

export interface Answer {
  /** 0: the connection ended first; the next request opens a new one. */
  status: number
  retryAfter: boolean
}

const READ_BYTES = 16_384
const HEAD_END = '\r\n\r\n'

export function createConnection(port: number, onAnswer: (answer: Answer) => void): Connection {
  let socket: Socket | undefined
  let waiting = false
  let received = ''

  const answered = (answer: Answer): void => {
    if (!waiting) return
    waiting = false
    received = ''
    onAnswer(answer)
  }
  const lost = (): void => {
    socket = undefined
    answered({ status: 0, retryAfter: false })
  }
  const connected = (): Socket => {
    const buffer = Buffer.allocUnsafe(READ_BYTES)
    const fresh = connect({
      port,
      host: '127.0.0.1',
      noDelay: true,
      onread: {
        buffer,
        callback: (bytes) => {
          received += buffer.toString('latin1', 0, bytes)
          const answer = readAnswer(received)
          if (answer) answered(answer)
          return true
        },
      },
    })
    fresh.on('error', () => undefined)
    fresh.on('close', lost)
    return fresh
  }
  return {
    open: async () => {
      await once((socket = connected()), 'connect')
    },
    send: (request) => {
      waiting = true
      socket ??= connected()
      socket.write(request)
    },
    close: () => socket?.destroy(),
  }
}

/** Undefined while the answer is not whole. */
function readAnswer(text: string): Answer | undefined {
  const headEnd = text.indexOf(HEAD_END)
  if (headEnd < 0) return undefined
  const lengthAt = text.indexOf('content-length: ')
  const length =
    lengthAt < 0 || lengthAt > headEnd ? 0 : Number.parseInt(text.slice(lengthAt + 16, lengthAt + 24), 10)
  if (text.length < headEnd + HEAD_END.length + length) return undefined
  const status = Number.parseInt(text.slice(9, 12), 10)
  return { status, retryAfter: status !== 200 && /\r\nretry-after:/i.test(text) }
}
