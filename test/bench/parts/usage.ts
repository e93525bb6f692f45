import { readFileSync, readdirSync } from 'node:fs'

/** What processes have used so far, from /proc; on systems without it everything is null. */
export interface CpuTimes {
  /** Milliseconds, user and system; a server's ended children included. */
  service: number | null
  postgres: number | null
}

/** Linux reports in hundredths of a second whatever the kernel counts in. */
const TICK_MS = 10

interface Stat {
  parent: number
  own: number
  endedChildren: number
}

export const cpuTimes = (pids: { services: readonly number[]; postmaster: number }): CpuTimes => ({
  service: sum(pids.services.map((pid) => timeOf(readStat(pid)))),
  postgres: timeWithChildren(pids.postmaster),
})

/** Most memory that each process ever held, MiB in all. */
export const peakMemory = (pids: readonly number[]): number | null => memoryOf(pids, /^VmHWM:\s+(\d+) kB/m)

/** Memory that the processes hold now, MiB. */
export const currentMemory = (pids: readonly number[]): number | null => memoryOf(pids, /^VmRSS:\s+(\d+) kB/m)

const memoryOf = (pids: readonly number[], line: RegExp): number | null =>
  sum(
    pids.map((pid) => {
      const kib = line.exec(readText(`/proc/${pid}/status`) ?? '')?.[1]
      return kib === undefined ? null : Number(kib) / 1_024
    }),
  )

/** CPU of children that this process has waited for, milliseconds: before and after a child, its own. */
export function endedChildrenTime(): number | null {
  const stat = readStat(process.pid)
  return stat === null ? null : stat.endedChildren
}

/** Milliseconds that all processes of the machine have been busy together. */
export function machineTime(): number | null {
  const fields = /^cpu +(.*)$/m
    .exec(readText('/proc/stat') ?? '')?.[1]
    ?.split(' ')
    .map(Number)
  if (!fields) return null
  const [user = 0, nice = 0, system = 0, , , interrupt = 0, softInterrupt = 0] = fields
  return (user + nice + system + interrupt + softInterrupt) * TICK_MS
}

function timeWithChildren(pid: number): number | null {
  const main = readStat(pid)
  if (main === null) return null
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const children = all.map((name) => readStat(Number(name))).filter((stat) => stat?.parent === pid)
  return main.own + main.endedChildren + (sum(children.map(timeOf)) ?? 0)
}

const timeOf = (stat: Stat | null): number | null => (stat === null ? null : stat.own + stat.endedChildren)

const sum = (values: readonly (number | null)[]): number | null =>
  values.some((value) => value === null)
    ? null
    : values.reduce<number>((total, value) => total + (value ?? 0), 0)

function readStat(pid: number): Stat | null {
  const text = readText(`/proc/${pid}/stat`)
  if (text === null) return null
  // The second field, a name in parentheses, may itself hold spaces; count from its end.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15)
  return {
    parent: fields[1] ?? 0,
    own: (user + system) * TICK_MS,
    endedChildren: (childUser + childSystem) * TICK_MS,
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
