import { chmodSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ready, startProcess, type StartedProcess } from '../../support/started-process.ts'

/** The service from outside: a process, a port, a data directory. Nothing here knows its code. */

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

export interface RunningService extends StartedProcess {
  url: string
  /** Connection string of the embedded PostgreSQL; '' on a database of its own. */
  databaseUrl: string
}

export type Environment = Readonly<Record<string, string>>

const running = new Set<StartedProcess>()
const directories = new Set<string>()

/**
 * Only what a bare shell has: settings of the developer's own shell must not decide a test. Where a run keeps compiled code,
 * every process of it starts sooner.
 */
const bareEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'LANG', 'NODE_COMPILE_CACHE'].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** An empty directory that another user's PostgreSQL can get through; removed by `cleanUp`. */
export function emptyDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'receiver-e2e-'))
  chmodSync(directory, 0o711)
  directories.add(directory)
  return directory
}

/** Stop what a failed test left running, then remove every directory. For `afterAll`. */
export async function cleanUp(): Promise<void> {
  for (const { signal, ended } of [...running]) {
    signal('SIGTERM')
    await ended
  }
  for (const directory of directories) await rm(directory, { recursive: true, force: true, maxRetries: 20 })
}

/** Run a command of the project until it ends by itself. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  environment: Environment = {},
): Promise<{ code: number | string; output: string }> {
  const { output, ended } = launch(command, args, environment, ROOT)
  return { code: await ended, output: output() }
}

/** The service, with these settings alone, until it ends by itself: for configurations that it must refuse. */
export const runServiceToEnd = (environment: Environment) =>
  runToEnd(process.execPath, [join(ROOT, 'src/server.ts')], environment)

/** Start the service and wait until it says that it is ready. */
export async function startService(
  directory: string,
  environment: Environment = {},
): Promise<RunningService> {
  const settings = { PORT: '0', DATA_DIRECTORY: directory, ...environment }
  const started = launch(process.execPath, [join(ROOT, 'src/server.ts')], settings, directory)
  const { output } = started
  await ready(started, () => /^ {2}API reference[^]*?\n\n/m.test(output()))
  const [, url = ''] = /receiver at (http:\S+)/.exec(output()) ?? []
  const [, databaseUrl = ''] = /psql '(postgresql:[^']+)'/.exec(output()) ?? []
  return { ...started, url, databaseUrl }
}

/** Start any command, in a directory, with these settings alone. */
export const launch = (command: string, args: readonly string[], environment: Environment, cwd: string) =>
  follow(startProcess(command, args, { cwd, environment: { ...bareEnvironment(), ...environment } }))

/** The same as a shell with job control does: in a process group of its own, which has the pid of the command. */
export const launchAsJob = (
  command: string,
  args: readonly string[],
  environment: Environment,
  cwd: string,
) =>
  follow(
    startProcess(command, args, {
      cwd,
      environment: { ...bareEnvironment(), ...environment },
      detached: true,
    }),
  )

function follow(started: StartedProcess): StartedProcess {
  running.add(started)
  void started.ended.then(() => running.delete(started))
  return started
}

/** SIGTERM, and the exit code. */
export async function stopService(service: RunningService): Promise<number | string> {
  service.signal('SIGTERM')
  return service.ended
}

export interface AccountEntry {
  provider: string
  account: string
  identifiers?: string[]
  secrets: { id: string; value: string }[]
}

/** The accounts and the API key that a first start invents. */
export function inventedBy(directory: string): { accounts: AccountEntry[]; apiKey: string } {
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
  return { accounts: JSON.parse(read('accounts.json')) as AccountEntry[], apiKey: read('api-key').trim() }
}
