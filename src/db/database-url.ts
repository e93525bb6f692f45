import { CLUSTER_USER } from './postgres-cluster.ts'

/** The connection string of a database on a server of this machine. */
export function localDatabaseUrl(port: number, password: string, database: string): string {
  return `postgresql://${CLUSTER_USER}:${password}@127.0.0.1:${port}/${database}`
}

/** The same server, another database. */
export function onDatabase(databaseUrl: string, database: string): string {
  const url = new URL(databaseUrl)
  url.pathname = `/${database}`
  return url.href
}
