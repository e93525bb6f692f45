import { startEmbeddedPostgres } from '../../src/embedded-postgres/start.ts'

/**
 * A process that holds an embedded PostgreSQL as the service does: prints one line of JSON when it is up, stops it on
 * SIGTERM. To be killed by the tests.
 */
const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined }
const server = await startEmbeddedPostgres({ directory: process.argv[2] ?? '', log: quiet })

process.once('SIGTERM', () => {
  clearInterval(life)
  void server.stop()
})
const life = setInterval(() => undefined, 1000)
process.stdout.write(`${JSON.stringify({ url: server.url, owner: server.owner })}\n`)
