import { spawn, type ChildProcess } from 'node:child_process'

/** A process of its own, and what it says. */
export interface StartedProcess {
  child: ChildProcess
  pid: number
  /** What it printed, on either stream: the last of it. */
  output: () => string
  forgetOutput: () => void
  isRunning: () => boolean
  signal: (signal: NodeJS.Signals) => void
  /** Exit code, or the signal that ended it; everything it printed is there by then. */
  ended: Promise<number | string>
}

export interface ProcessOptions {
  cwd?: string
  /** All that it finds in its environment. */
  environment: Readonly<NodeJS.ProcessEnv>
  /** A channel for messages beside its output. */
  ipc?: boolean
  /** In a process group of its own, as a shell with job control starts it. */
  detached?: boolean
}

const OUTPUT_MAX = 20_000_000

export function startProcess(
  command: string,
  args: readonly string[],
  { cwd, environment, ipc = false, detached = false }: ProcessOptions,
): StartedProcess {
  const child = spawn(command, [...args], {
    ...(cwd === undefined ? {} : { cwd }),
    env: environment,
    detached,
    stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-OUTPUT_MAX)
    })
  }
  // A program that is not there ends like any other, with the reason as its last words.
  child.once('error', (error) => {
    text += error.message
  })
  return {
    child,
    pid: child.pid ?? 0,
    output: () => text,
    forgetOutput: () => {
      text = ''
    },
    isRunning: () => child.pid !== undefined && child.exitCode === null && child.signalCode === null,
    signal: (signal) => void child.kill(signal),
    ended: new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve(code ?? signal ?? 'nothing')
      })
    }),
  }
}
