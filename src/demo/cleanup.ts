import { chmodSync, mkdtempSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openDatabase } from '../compose/database.ts'
import { loadSettings } from '../config/settings.ts'
import { createLogger } from '../telemetry/logger.ts'
import type { ServiceProcess } from './service-process.ts'

/** What the demonstration has started and must take away again, however it ends. */
export interface Remains {
  directory: string
  service: Pick<ServiceProcess, 'stop'> | null
  /** Set once the cleaning has begun, after the regular end, an error or a signal. */
  cleaning: Promise<boolean> | null
  /** A signal has come: failures after it are not reported. */
  interrupted: boolean
  /** Exit code for a signal; null: the usual one. */
  exitCode: number | null
}

export function openRemains(): Remains {
  const directory = mkdtempSync(join(tmpdir(), 'receiver-demo-'))
  // Started by root, PostgreSQL runs as another user, who has to enter the directory.
  chmodSync(directory, 0o711)
  return { directory, service: null, cleaning: null, interrupted: false, exitCode: null }
}

const GOOD_ORDER = 'exit code 0'

/** Runs once, however often it is asked for. False when the service did not stop in good order. */
export function cleanUp(remains: Remains): Promise<boolean> {
  return (remains.cleaning ??= (async () => {
    const how = (await remains.service?.stop()) ?? GOOD_ORDER
    if (how.startsWith('SIG')) await stopOrphanedDatabase(remains.directory)
    await rm(remains.directory, { recursive: true, force: true, maxRetries: 10 })
    return how === GOOD_ORDER
  })())
}

/** A killed service leaves its PostgreSQL running; the next process that opens it owns it, and may stop it. */
async function stopOrphanedDatabase(directory: string): Promise<void> {
  const settings = loadSettings({ DATA_DIRECTORY: directory })
  const database = await openDatabase(settings, createLogger({ level: 'silent' }))
  await database.stop()
}

const SIGNALS = [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const

export function cleanUpOnSignals(remains: Remains): void {
  for (const [signal, number] of SIGNALS) {
    process.on(signal, () => {
      remains.interrupted = true
      const exit = (): never => process.exit(remains.exitCode ?? 128 + number)
      cleanUp(remains).then(exit, exit)
    })
  }
}
