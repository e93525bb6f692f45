import type { AbsentAccount, ProcessingEvent, Swept } from '../../src/inbox/reconcile/report.ts'
import { createLogger, type Logger } from '../../src/telemetry/logger.ts'

/** A log whose lines a test reads, and what processing and the sweep reported in them. */
export interface RecordedLog {
  logger: Logger
  lines: LogLine[]
  /** One per try of a message. */
  outcomes: ProcessingEvent[]
  /** What waits for its account, batch by batch. */
  absent: AbsentAccount[]
  swept: Swept[]
}

export interface LogLine extends Record<string, unknown> {
  level: number
  msg: string
}

const OUTCOME = /^message (processed|parked|failed in processing|waits)/

export function recordLog(): RecordedLog {
  const record = { lines: [], outcomes: [], absent: [], swept: [] } as Omit<RecordedLog, 'logger'>
  let failed: Swept['failed'] = []
  const read = (line: LogLine): void => {
    const { level: _level, time: _time, msg, ...fields } = line
    record.lines.push(line)
    if (OUTCOME.test(msg)) record.outcomes.push(fields as unknown as ProcessingEvent)
    else if (msg.startsWith('acknowledged messages wait'))
      record.absent.push(fields as unknown as AbsentAccount)
    else if (msg.startsWith('a deadline could not be judged')) {
      const { error, ...subject } = fields
      failed.push({ subject: subject as unknown as Swept['failed'][number]['subject'], error })
    } else if (msg === 'deadlines swept') {
      record.swept.push({ judged: fields['judged'] as number, failed })
      failed = []
    }
  }
  const write = (line: string): void => {
    read(JSON.parse(line) as LogLine)
  }
  return { ...record, logger: createLogger({ level: 'trace', destination: { write } }) }
}
