import { spawn, type ChildProcess } from 'node:child_process'
import { until } from './until.ts'

/** A process of its own, and what it says. Every test and the bench start theirs here. */
export interface StartedProcess {
  child: ChildProcess
  pid: number
  /** What it printed, on either stream: the last of it. */
  output: () => string
  /** What it printed on its standard output alone. */
  result: () => string
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
  /** Its whole standard input. */
  input?: string
  /** `errors`: its standard output goes nowhere; `shown`: both streams are ours. */
  printed?: 'kept' | 'errors' | 'shown'
  /** A channel for messages beside its output; they may hold typed arrays. */
  ipc?: boolean
  /** In a process group of its own, as a shell with job control starts it. */
  detached?: boolean
  /** As another user. */
  identity?: { uid: number; gid: number } | undefined
}

const OUTPUT_MAX = 20_000_000
const STREAMS = {
  kept: ['pipe', 'pipe'],
  errors: ['ignore', 'pipe'],
  shown: ['inherit', 'inherit'],
} as const

export function startProcess(
  command: string,
  args: readonly string[],
  { cwd, environment, input, printed = 'kept', ipc = false, detached = false, identity }: ProcessOptions,
): StartedProcess {
  const child: ChildProcess = spawn(command, [...args], {
    ...(cwd === undefined ? {} : { cwd }),
    ...identity,
    env: environment,
    detached,
    serialization: 'advanced',
    stdio: [input === undefined ? 'ignore' : 'pipe', ...STREAMS[printed], ...(ipc ? (['ipc'] as const) : [])],
  })
  let [text, result] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-OUTPUT_MAX)
    result = (result + chunk).slice(-OUTPUT_MAX)
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-OUTPUT_MAX)
  })
  // A program that is not there ends like any other, with the reason as its last words.
  child.once('error', (error) => {
    text += error.message
  })
  // A program that ends without reading its input says so by its exit code.
  child.stdin?.on('error', () => undefined).end(input)
  return {
    child,
    pid: child.pid ?? 0,
    output: () => text,
    result: () => result,
    forgetOutput: () => {
      ;[text, result] = ['', '']
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

/** Let a program run until it ends by itself; what it printed on its standard output. Rejects with all it printed when it fails. */
export async function resultOf(
  command: string,
  args: readonly string[],
  options: Partial<ProcessOptions> = {},
): Promise<string> {
  const { ended, output, result } = startProcess(command, args, { environment: process.env, ...options })
  const code = await ended
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output()}`)
  return result()
}

/** Whether the machine has a program. */
export const isInstalled = async (command: string): Promise<boolean> =>
  (await startProcess(command, ['--version'], { environment: process.env }).ended) === 0

const START_MS = 60_000

/** Wait until a server serves. Rejects with its last words when it ends before; kills it when it takes too long. */
export async function ready(
  { isRunning, ended, output, signal }: Omit<StartedProcess, 'child'>,
  serves: () => Promise<boolean> | boolean,
): Promise<void> {
  const look = async (): Promise<boolean> => {
    if (!isRunning()) throw new Error(`the process ended (${await ended}):\n${output()}`)
    return serves()
  }
  const what = (): string => {
    signal('SIGKILL')
    return `the process is ready:\n${output()}`
  }
  await until(look, { withinMs: START_MS, what })
}

/** Whether a URL answers 200 now. */
export async function answersOk(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch(() => null)
  await answer?.arrayBuffer()
  return answer?.status === 200
}
