import type { Registry } from 'prom-client'
import { endingSecrets, type Account } from '../providers/account.ts'
import { gaugesIn, timestamp } from './gauges.ts'
import type { Connections } from './stores.ts'

/** What the process knows without asking the database. */
export interface ProcessSource {
  version: string
  accounts: () => readonly Account[]
  connections: () => Connections
  /** The tasks of maintenance that the settings ask for, and how often each runs. */
  tasks: readonly MaintenanceTask[]
}

export interface MaintenanceTask {
  name: string
  intervalMs: number
}

export function createProcessGauges(registry: Registry, source: ProcessSource): () => void {
  const gauge = gaugesIn(registry)
  const build = gauge('build_info', 'Always 1; the labels say which build runs', ['version', 'node'])
  build.set({ version: source.version, node: process.version }, 1)
  const interval = gauge(
    'maintenance_interval_seconds',
    'Time from one run of a task of maintenance to the next',
    ['task'],
  )
  for (const { name, intervalMs } of source.tasks) interval.set({ task: name }, intervalMs / 1_000)
  const connections = gauge('database_connections', 'Database connections of the main thread', ['state'])
  const most = gauge('database_connections_max', 'Most database connections that the main thread opens')
  const waiting = gauge('database_waiting_calls', 'Calls that wait for a database connection')
  const expiry = gauge(
    'secret_expiry_timestamp_seconds',
    'When a secret ends; replaced: another secret of the account takes over',
    ['provider', 'account', 'secret', 'replaced'],
  )
  return () => {
    const { used, idle, max, waiting: calls } = source.connections()
    connections.set({ state: 'used' }, used)
    connections.set({ state: 'idle' }, idle)
    most.set(max)
    waiting.set(calls)
    expiry.reset()
    for (const account of source.accounts())
      for (const { secret, notAfter, isReplaced } of endingSecrets(account))
        expiry.set(
          {
            ...{ provider: account.provider, account: account.account },
            ...{ secret: secret.id, replaced: String(isReplaced) },
          },
          timestamp(notAfter),
        )
  }
}
