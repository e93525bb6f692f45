import { chmodSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { resultOf } from '../../support/started-process.ts'
import { cleanUp, emptyDirectory, startService, stopService } from './service.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** A PostgreSQL cluster as a first start leaves it: created, migrated, stopped. */
    preparedCluster: string
  }
}

const CLUSTER = 'postgres/cluster'

/** Once per run: a first start takes seconds, and what it does is the subject of few tests. */
export default async function prepareCluster(project: TestProject): Promise<() => Promise<void>> {
  const directory = emptyDirectory()
  await stopService(await startService(directory))
  project.provide('preparedCluster', join(directory, CLUSTER))
  return cleanUp
}

/** A data directory with a database and nothing else: accounts and keys are still to be invented. */
export async function directoryWithDatabase(): Promise<string> {
  const directory = emptyDirectory()
  const home = join(directory, 'postgres')
  mkdirSync(home)
  chmodSync(home, 0o711)
  // Owners stay: PostgreSQL runs as another user when we are root.
  await resultOf('cp', ['-Rp', inject('preparedCluster'), home])
  return directory
}
