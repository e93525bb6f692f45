import type { Socket } from 'node:net'
import { problem } from '../../lib/errors.ts'

const DETAIL = 'The request could not be read as HTTP; check its first line, its headers and its length'

/**
 * What Node refuses before there is a request (nonsense, endless headers, a body that never came) is a problem like any
 * other, and says nothing of what was sent. A connection that never said anything is closed without a word: an answer would
 * be taken for that of the request which a proxy is just about to send on it.
 */
export function answerClientError(newId: () => string): (error: Error, socket: Socket) => void {
  return (error, socket) => {
    if (
      (error as NodeJS.ErrnoException).code === 'ECONNRESET' ||
      !socket.writable ||
      socket.bytesRead === 0
    ) {
      socket.destroy()
      return
    }
    const requestId = newId()
    const body = JSON.stringify(problem('invalid_request', DETAIL, requestId))
    const lines = [
      'HTTP/1.1 400 Bad Request',
      'Content-Type: application/problem+json',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
    ]
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
  }
}
