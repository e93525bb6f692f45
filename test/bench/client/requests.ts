import { closeSync, openSync, readSync } from 'node:fs'

/** The prepared requests in order, read ahead in large pieces: memory stays small however long a run is. */
export interface Requests {
  /** The next one; its bytes stay valid for as long as they are referred to. */
  next(): Buffer
  close(): void
}

const PIECE_BYTES = 1_048_576

export function openRequests(path: string, lengths: Uint32Array, from: number): Requests {
  const file = openSync(path, 'r')
  let position = lengths.subarray(0, from).reduce((sum, length) => sum + length, 0)
  let index = from
  let piece = Buffer.alloc(0)
  let used = 0
  return {
    next: () => {
      const length = lengths[index++] ?? 0
      if (used + length > piece.length) {
        piece = Buffer.allocUnsafeSlow(Math.max(PIECE_BYTES, length))
        piece = piece.subarray(0, readSync(file, piece, 0, piece.length, position))
        used = 0
      }
      const request = piece.subarray(used, used + length)
      used += length
      position += length
      return request
    },
    close: () => {
      closeSync(file)
    },
  }
}
