import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SETTING_NAMES } from '../config/settings.ts'

/** The service as its own process, as `npm start` runs it, on a data directory of its own. */
export interface ServiceProcess {
  baseUrl: string
  /** The command that opens its database; null when the service prints none. */
  psql: string | null
  /** Resolves with what ended it: `exit code 0`, `SIGKILL` … */
  ended: Promise<string>
  /** Its last lines of output, for when something went wrong. */
  lastLines(): string
  /** SIGTERM, and wait until it is gone. Resolves with what ended it, as `ended`. */
  stop(): Promise<string>
}

export interface ServiceProcessOptions {
  /** Settings by name; those of the shell are ignored. */
  settings: Readonly<Record<string, string>>
  /** Called at once, so that an interrupted start can be cleaned up too. */
  onSpawn: (service: Pick<ServiceProcess, 'stop'>) => void
}

const SERVER = fileURLToPath(new URL('../server.ts', import.meta.url))
/** A first start creates a database cluster; on the slowest machines tried that took a tenth of this. */
const START_TIMEOUT_MS = 45_000
/** A little longer than the service gives itself for draining. */
const STOP_TIMEOUT_MS = 25_000
const LINES_KEPT = 30

/** Throws an error with the service's last lines when it ends, or does not say within START_TIMEOUT_MS where it listens. */
export async function startServiceProcess(options: ServiceProcessOptions): Promise<ServiceProcess> {
  // A process group of its own: Ctrl-C reaches the demonstration alone, which then stops the service in good order.
  const child = spawn(process.execPath, [SERVER], {
    env: environment(options.settings),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const output = collectOutput(child)
  const ended = endOf(child)
  const stop = () => stopChild(child, ended)
  options.onSpawn({ stop })
  const welcome = await Promise.race([
    output.until(/^ {2}API reference .*\n(?: {2}\S.*\n)*\n/m),
    ended.then((how) => failure(`The service ended (${how})`, output.lastLines())),
    timeout().then(() => failure('The service did not start in time', output.lastLines())),
  ])
  if (welcome instanceof Error) throw welcome
  return { ...readWelcome(welcome), ended, lastLines: output.lastLines, stop }
}

/** Without the settings of the shell, so that the demonstration is the same on every machine. */
function environment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const foreign = new Set(['NODE_ENV', ...SETTING_NAMES, ...SETTING_NAMES.map((name) => `${name}_FILE`)])
  const kept = Object.entries(process.env).filter(([name]) => !foreign.has(name))
  return { ...Object.fromEntries(kept), ...settings }
}

function collectOutput(child: ChildProcess) {
  let text = ''
  const listeners = new Set<() => void>()
  const append = (chunk: string): void => {
    text = (text + chunk).split('\n').slice(-LINES_KEPT).join('\n')
    for (const listener of listeners) listener()
  }
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', append)
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!pattern.test(text)) return
        listeners.delete(look)
        resolve(text)
      }
      listeners.add(look)
      look()
    })
  return { until, lastLines: () => text.trim() }
}

const endOf = (child: ChildProcess): Promise<string> =>
  new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(error.message)
    })
    child.once('exit', (code, signal) => {
      resolve(signal === null ? `exit code ${String(code)}` : signal)
    })
  })

const timeout = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, START_TIMEOUT_MS).unref()
  })

const failure = (what: string, lines: string): Error => new Error(`${what}. Its last lines:\n${lines}`)

function readWelcome(text: string): Pick<ServiceProcess, 'baseUrl' | 'psql'> {
  const [, baseUrl] = /receiver at (http:\S+)/.exec(text) ?? []
  if (baseUrl === undefined) throw failure('The service did not say where it listens', text)
  const [, psql = null] = /^ {2}psql +(.+)$/m.exec(text) ?? []
  return { baseUrl, psql }
}

async function stopChild(child: ChildProcess, ended: Promise<string>): Promise<string> {
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  const how = await ended
  clearTimeout(killer)
  return how
}
