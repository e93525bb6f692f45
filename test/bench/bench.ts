import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ACCOUNTS_JSON } from './messages/accounts.ts'
import { makeCorpus, type Corpus } from './messages/corpus.ts'
import type { Options } from './options.ts'
import type { Pgbench } from './parts/pgbench.ts'
import { startBenchServer, type BenchServer } from './parts/postgres.ts'
import { startService } from './parts/service.ts'
import { sampleRows, type StepRows } from './reference/row-samples.ts'

/** What all measurements share: the messages, made once, and where things are. */
export interface Bench {
  options: Options
  corpus: Corpus
  /** Absent: left out on purpose. */
  pgbench: Pgbench | null
  accountsFile: string
  directory: string
  /** Tells the person who waits. */
  tell: (line: string) => void
}

export async function withBench<T>(
  options: Options,
  { pgbench, tell }: Pick<Bench, 'pgbench' | 'tell'>,
  work: (bench: Bench) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-'))
  try {
    const accountsFile = join(directory, 'accounts.json')
    writeFileSync(accountsFile, ACCOUNTS_JSON)
    tell(`signing ${options.messages} messages …`)
    const corpus = makeCorpus(directory, options.messages)
    return await work({ options, corpus, pgbench, accountsFile, directory, tell })
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Servers that run; on a signal they are stopped before the bench leaves. */
const running = new Set<BenchServer>()

export const stopServers = async (): Promise<void> => {
  await Promise.all([...running].map((server) => server.stop()))
}

/** A PostgreSQL for one measurement; the result says which settings it ran with. */
export async function withServer<T extends object>(
  settings: Readonly<Record<string, string>>,
  work: (server: BenchServer) => Promise<T>,
): Promise<T & { settings: Record<string, string> }> {
  const server = await startBenchServer(settings)
  running.add(server)
  try {
    return { ...(await work(server)), settings: await server.settings() }
  } finally {
    running.delete(server)
    await server.stop()
  }
}

/** The rows of each step, as the product writes them on this server. */
export async function sampleProduct(bench: Bench, server: BenchServer): Promise<StepRows[]> {
  const database = await server.createDatabase()
  const { accountsFile } = bench
  const service = await startService({ databaseUrl: database.url, role: 'all', accountsFile })
  try {
    return await sampleRows(service, database)
  } finally {
    await service.stop()
    await database.drop()
  }
}
