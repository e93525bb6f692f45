/** Bytes that may be under way at once, counted in memory that two threads can share. */
export interface Room {
  /** False: there is no room for so many, and none was taken. */
  take(bytes: number): boolean
  /** What was taken is not needed any more. */
  give(bytes: number): void
}

export const roomBuffer = (): SharedArrayBuffer => new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)

export function createRoom(buffer: SharedArrayBuffer, max: number): Room {
  const taken = new Int32Array(buffer)
  return {
    take: (bytes) => {
      if (Atomics.add(taken, 0, bytes) + bytes <= max) return true
      Atomics.sub(taken, 0, bytes)
      return false
    },
    give: (bytes) => {
      Atomics.sub(taken, 0, bytes)
    },
  }
}
