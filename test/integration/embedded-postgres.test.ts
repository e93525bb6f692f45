import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/embedded-postgres/start.ts'
import { identifyProcess } from '../../src/embedded-postgres/os-process.ts'
import { chooseIdentity, readPostmaster } from '../../src/embedded-postgres/cluster.ts'
import { runSql } from '../support/database.ts'
import { ready, resultOf, startProcess, type StartedProcess } from '../support/started-process.ts'

const HOLDER = fileURLToPath(new URL('../support/embedded-postgres-holder.ts', import.meta.url))

/** A home that was started once, for the tests to which it does not matter how a cluster comes into being. */
let template: string
let directory: string
let warnings: unknown[]
let errors: unknown[]
let started: EmbeddedPostgres[]
let children: StartedProcess[]

const log = {
  info: () => undefined,
  warn: (line: unknown) => warnings.push(line),
  error: (line: unknown) => errors.push(line),
}

async function emptyHome(): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'embedded-'))
  await chmod(home, 0o711)
  return home
}

beforeAll(async () => {
  ;[warnings, errors] = [[], []]
  template = await emptyHome()
  const server = await startEmbeddedPostgres({ directory: template, log })
  await server.stop()
})
afterAll(async () => rm(template, { recursive: true, force: true }))

/** The cluster alone: which port and which owner it had is not the tests' business. */
async function useTemplate(): Promise<void> {
  // Owners stay: the server runs as another user when we are root.
  await resultOf('cp', ['-Rp', join(template, 'cluster'), directory])
}

beforeEach(async () => {
  directory = await emptyHome()
  ;[warnings, errors, started, children] = [[], [], [], []]
})

afterEach(async () => {
  for (const child of children) child.signal('SIGKILL')
  for (const server of started) await server.stop()
  const orphan = await readPostmaster(join(directory, 'cluster', 'data'))
  if (orphan && (await identifyProcess(orphan.pid))) process.kill(orphan.pid, 'SIGKILL')
  await rm(directory, { recursive: true, force: true })
})

const start = async (options: { port?: number; directory?: string } = {}) => {
  const server = await startEmbeddedPostgres({ directory, log, ...options })
  started.push(server)
  return server
}

/** The same in a process of its own, which can be killed. */
async function startHolder(): Promise<{ url: string; owner: boolean; process: StartedProcess }> {
  const holder = startProcess(process.execPath, [HOLDER, directory], { environment: process.env })
  children.push(holder)
  await ready(holder, () => holder.result().endsWith('\n'))
  return { ...(JSON.parse(holder.result()) as { url: string; owner: boolean }), process: holder }
}

async function endHolder({ signal, ended }: StartedProcess, by: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  signal(by)
  await ended
}

async function countNotes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM notes')
  await client.end()
  return rows[0]!.count
}

const postmaster = async () => (await readPostmaster(join(directory, 'cluster', 'data')))!
const portOf = (url: string) => Number(new URL(url).port)
const canListen = (port: number) =>
  new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => {
      resolve(false)
    })
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true)
      })
    })
  })

describe('an embedded PostgreSQL', () => {
  it('keeps data, port and password over a restart, and frees the port in between', async () => {
    await useTemplate()
    const first = await start()
    await runSql(first.url, 'CREATE TABLE notes AS SELECT 1 AS id')
    expect(first.owner).toBe(true)
    expect(await canListen(portOf(first.url))).toBe(false)

    await first.stop()
    expect(await canListen(portOf(first.url))).toBe(true)

    const second = await start()
    expect(second.url).toBe(first.url)
    expect(second.psql).toBe(`psql '${first.url}'`)
    expect(await countNotes(second.url)).toBe(1)
    expect(errors).toEqual([])
  })

  it('stores in UTF-8 with full durability, listens on the loopback only and hides its password', async () => {
    await useTemplate()
    const { url } = await start()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const settings = await client.query<{ name: string; setting: string }>(
      `SELECT name, setting FROM pg_settings
       WHERE name IN ('server_encoding', 'fsync', 'synchronous_commit', 'listen_addresses', 'unix_socket_directories')`,
    )
    await client.end()

    expect(Object.fromEntries(settings.rows.map((row) => [row.name, row.setting]))).toEqual({
      server_encoding: 'UTF8',
      fsync: 'on',
      synchronous_commit: 'on',
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
    })
    const { mode } = await stat(join(directory, 'cluster', 'password'))
    expect(mode & 0o777).toBe(0o600)
    const guessed = url.replace(/:[^:@]+@/, ':postgres@')
    await expect(runSql(guessed, 'SELECT 1')).rejects.toThrow('password authentication failed')
  })

  it('goes to another port when another process has taken the last one', async () => {
    await useTemplate()
    const first = await start()
    await first.stop()
    const rival = createServer().listen(portOf(first.url), '127.0.0.1')
    await once(rival, 'listening')

    const second = await start()
    rival.close()

    expect(portOf(second.url)).not.toBe(portOf(first.url))
  })

  it('says so when the server ends unasked', async () => {
    await useTemplate()
    await start()
    process.kill((await postmaster()).pid, 'SIGQUIT')

    await expect.poll(() => errors).toHaveLength(1)
  })
})

describe('several processes on one embedded PostgreSQL', () => {
  it('lets a second one attach without owning the server', async () => {
    await useTemplate()
    const holder = await startHolder()
    const visitor = await start()

    expect(visitor).toMatchObject({ url: holder.url, owner: false })
    await visitor.stop()
    await runSql(holder.url, 'SELECT 1')

    await endHolder(holder.process, 'SIGTERM')
    expect(await canListen(portOf(holder.url))).toBe(true)
  })

  it('ends up with one server and one owner when all start at once', async () => {
    const servers = await Promise.all([startHolder(), startHolder(), startHolder()])

    expect(new Set(servers.map((server) => server.url)).size).toBe(1)
    expect(servers.map((server) => server.owner).sort()).toEqual([false, false, true])
  })
})

describe('after kill -9', () => {
  beforeEach(useTemplate)

  it('takes over the server that the dead process left running', async () => {
    const holder = await startHolder()
    await runSql(holder.url, 'CREATE TABLE notes AS SELECT 1 AS id')
    await endHolder(holder.process)

    const heir = await start()
    expect(heir).toMatchObject({ url: holder.url, owner: true })
    expect(await countNotes(heir.url)).toBe(1)

    await heir.stop()
    expect(await canListen(portOf(holder.url))).toBe(true)
  })

  it('lets only one process take over', async () => {
    const holder = await startHolder()
    await endHolder(holder.process)

    const heirs = await Promise.all([startHolder(), startHolder()])

    expect(heirs.map((heir) => heir.owner).sort()).toEqual([false, true])
  })

  it('recovers when the server was killed as well, on the same port with the same data', async () => {
    const holder = await startHolder()
    await runSql(holder.url, 'CREATE TABLE notes AS SELECT 1 AS id')
    const { pid } = await postmaster()
    await endHolder(holder.process)
    process.kill(pid, 'SIGKILL')
    // Where no process collects orphans it stays a zombie, whose number PostgreSQL itself takes for alive.
    await expect.poll(() => identifyProcess(pid)).toBeUndefined()

    const next = await start()

    expect(next).toMatchObject({ url: holder.url, owner: true })
    expect(await countNotes(next.url)).toBe(1)
  })

  it('is not deceived by a lock file whose process number belongs to another process now', async () => {
    const first = await start()
    await runSql(first.url, 'CREATE TABLE notes AS SELECT 1 AS id')
    const lock = join(directory, 'cluster', 'data', 'postmaster.pid')
    const text = await readFile(lock, 'utf8')
    await first.stop()
    // PostgreSQL asks no further when the number is a foreign user's; so it is one of its own user's.
    const identity = await chooseIdentity(join(lock, '..'))
    const stranger = startProcess('sleep', ['60'], { environment: process.env, identity })
    children.push(stranger)
    await writeFile(lock, text.replace(/^\d+/, String(stranger.pid)), { mode: 0o644 })

    const second = await start()

    expect(second).toMatchObject({ url: first.url, owner: true })
    expect(await countNotes(second.url)).toBe(1)
    expect(stranger.isRunning()).toBe(true)
  })
})

describe('below a folder that is closed to other users', () => {
  it('runs where it was asked to, or as root, who has to run it as another user, in the temporary folder', async () => {
    const closed = join(directory, 'closed')
    await mkdir(closed, { mode: 0o700 })

    const server = await start({ directory: join(closed, 'postgres') })
    await runSql(server.url, 'SELECT 1')
    await server.stop()

    const moved = (warnings as { substitute: string }[]).map((warning) => warning.substitute)
    const isRoot = process.getuid?.() === 0
    expect(moved).toEqual(isRoot ? [expect.stringMatching(`^${tmpdir()}/receiver-postgres-`)] : [])
    for (const substitute of moved) await rm(substitute, { recursive: true })
  })
})
