import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

/** The service from outside: a process, a port, a data directory. Nothing here knows its code. */

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const START_TIMEOUT_MS = 60_000

export interface RunningService {
  url: string
  /** Connection string of the embedded PostgreSQL; '' on a database of its own. */
  databaseUrl: string
  pid: number
  /** Everything it has printed so far. */
  output(): string
  signal(signal: NodeJS.Signals): void
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string>
}

export type Environment = Readonly<Record<string, string>>

const running = new Set<ChildProcess>()
const directories = new Set<string>()

/** Only what a bare shell has: settings of the developer's own shell must not decide a test. */
const bareEnvironment = (): Record<string, string> =>
  Object.fromEntries(
    ['PATH', 'HOME', 'TMPDIR', 'LANG'].flatMap((name) => {
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
  for (const child of [...running]) {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  for (const directory of directories) await rm(directory, { recursive: true, force: true, maxRetries: 20 })
}

/** Run a command of the project until it ends by itself. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  environment: Environment = {},
): Promise<{ code: number | string; output: string }> {
  const { child, output, ended } = launch(command, args, environment, ROOT)
  const code = await ended
  running.delete(child)
  return { code, output: output() }
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
  const { child, output, ended } = launch(
    process.execPath,
    [join(ROOT, 'src/server.ts')],
    settings,
    directory,
  )
  const deadline = Date.now() + START_TIMEOUT_MS
  while (!/^ {2}API reference[^]*?\n\n/m.test(output())) {
    const code = await Promise.race([ended, new Promise<null>((resolve) => setTimeout(resolve, 20, null))])
    if (code !== null) throw new Error(`the service ended (${code}):\n${output()}`)
    if (Date.now() > deadline) throw new Error(`the service did not start:\n${output()}`)
  }
  const [, url = ''] = /receiver at (http:\S+)/.exec(output()) ?? []
  const [, databaseUrl = ''] = /psql '(postgresql:[^']+)'/.exec(output()) ?? []
  return {
    url,
    databaseUrl,
    pid: child.pid ?? 0,
    output,
    ended,
    signal: (signal) => void child.kill(signal),
  }
}

/** Start any command, in a directory, with these settings alone. */
export const launch = (command: string, args: readonly string[], environment: Environment, cwd: string) =>
  follow(spawn(command, [...args], optionsOf(environment, cwd)))

/** The same as a shell with job control does: in a process group of its own, which has the pid of the command. */
export const launchAsJob = (
  command: string,
  args: readonly string[],
  environment: Environment,
  cwd: string,
) => follow(spawn(command, [...args], { ...optionsOf(environment, cwd), detached: true }))

const optionsOf = (environment: Environment, cwd: string) => ({
  cwd,
  env: { ...bareEnvironment(), ...environment },
  stdio: ['ignore', 'pipe', 'pipe'] as ['ignore', 'pipe', 'pipe'],
})

function follow(child: ChildProcessByStdio<null, Readable, Readable>) {
  running.add(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  }
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    running.delete(child)
    return (code ?? signal) as number | string
  })
  return { child, pid: child.pid ?? 0, output: () => text, ended }
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
