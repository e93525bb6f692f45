import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { startProcess } from './started-process.ts'

/**
 * `npm run test:postgres15`: the integration tests on the oldest PostgreSQL that is promised, by the programs of its Debian package or of
 * the folder TEST_POSTGRES_BIN. A sample unless told otherwise: what depends on the server rather than on our own rules.
 */
const MAJOR = 15
const SAMPLE = [
  // What is created, and how it is read.
  ...['server-version', 'migrations', 'migrated', 'schema-diff', 'ops-views', 'ops-orders', 'plans', 'docs'],
  // Locks, snapshots and messages between connections.
  ...[
    'concurrency',
    'atomicity',
    'held-up',
    'sweep',
    'poison',
    'one-moment',
    'change-feed',
    'waiting',
    'split-roles',
  ],
  // Money, order of lists, and rows that go.
  ...[
    'money/',
    'daily-totals',
    'large-sums',
    'summary',
    'reading',
    'discrepancies-list',
    'retention',
    'order-rows',
  ],
].map((name) => `test/integration/${name}`)

const bin = process.env['TEST_POSTGRES_BIN'] ?? `/usr/lib/postgresql/${MAJOR}/bin`
const wanted = process.argv.slice(2)
/** Files, or options of vitest; `--all` is the whole tier. */
const files = wanted.length === 0 ? SAMPLE : wanted.filter((word) => word !== '--all')

if (existsSync(join(bin, 'postgres'))) {
  const environment = { ...process.env, TEST_POSTGRES_BIN: bin, TEST_POSTGRES_MAJOR: String(MAJOR) }
  const { ended } = startProcess('vitest', ['run', '--project', 'integration', ...files], {
    environment,
    printed: 'shown',
  })
  process.exitCode = (await ended) === 0 ? 0 : 1
} else {
  console.error(
    `There is no PostgreSQL ${MAJOR} in ${bin}: install postgresql-${MAJOR}, or name its folder in TEST_POSTGRES_BIN.`,
  )
  process.exitCode = 1
}
