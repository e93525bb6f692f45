/** What the bench and its load generator, a process of its own, tell each other. */
export interface LoadOrder {
  port: number
  /** Requests end to end, and the bytes of each. */
  file: string
  lengths: Uint32Array
  /** Send from this message on, at most up to (not including) that one. */
  from: number
  to: number
  connections: number
  seconds: number
  /** Messages per second at fixed times whatever the answers do; null: as fast as answers come. */
  perSecond: number | null
  /** Hold back while more messages than `limit` are acknowledged but not yet processed; null: never. */
  backlog: BacklogWatch | null
}

/** Every so often a message is the first of its payment: when its event is there, so is nearly all that was sent before. */
export interface BacklogWatch {
  databaseUrl: string
  limit: number
  /** Messages watched for, ascending, and the references whose first events they are. */
  indexes: Uint32Array
  references: string[]
}

export interface LoadResult {
  /** The first message that was not sent. */
  next: number
  /** HTTP status per message sent, from `from` on; 0: the connection broke before an answer. */
  statuses: Uint16Array
  /** Microseconds from the time a message was due (in a closed loop: sent) to its answer, likewise. */
  micros: Uint32Array
  /** When the first message was sent and the last one answered, milliseconds since the epoch. */
  startedAt: number
  endedAt: number
  /** Of the load generator. */
  cpuMs: number
  /** Answers of 503 without Retry-After. */
  retryAfterMissing: number
}
