import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A process that cannot be mistaken for a later one with the same number. */
export interface ProcessIdentity {
  pid: number
  /** When it was started, in whatever unit the system tells; only good for comparing. */
  started: string
}

/** Who `pid` is now; undefined when no such process runs (a zombie does not run). */
export async function identifyProcess(pid: number): Promise<ProcessIdentity | undefined> {
  if (process.platform !== 'linux') return identifyByPs(pid)
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  // The second field, a name in parentheses, may itself hold spaces and parentheses; count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, started] = [fields[0], fields[19]]
  if (started === undefined || state === 'Z' || state === 'X') return undefined
  return { pid, started }
}

/** Whether exactly this process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await identifyProcess(identity.pid)
  return now !== undefined && now.started === identity.started
}

/** The command line of `pid`, or an empty text when there is no such process or it cannot be read. */
export async function commandLineOf(pid: number): Promise<string> {
  if (process.platform !== 'linux') return askPs(pid, 'command=')
  const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return raw.replaceAll('\0', ' ').trim()
}

async function identifyByPs(pid: number): Promise<ProcessIdentity | undefined> {
  const state = await askPs(pid, 'state=')
  if (state === '' || state.startsWith('Z')) return undefined
  return { pid, started: (await askPs(pid, 'lstart=')).replaceAll(/\s+/g, '-') }
}

async function askPs(pid: number, column: string): Promise<string> {
  const { stdout } = await run('ps', ['-ww', '-o', column, '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim()
}
