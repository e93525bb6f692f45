import { relative } from 'node:path'
import { createMigration } from './new-migration.ts'
import { startThrowAwayPostgres } from '../../embedded-postgres/throw-away.ts'

/** `npm run db:migration -- <name>`: works offline, on a PostgreSQL of its own, so no other database is touched. */
const server = await startThrowAwayPostgres()
try {
  const file = await createMigration(process.argv[2] ?? '', new Date(), { databaseUrl: server.url })
  console.log(
    `${relative(process.cwd(), file)}\nRead it, add what only SQL can say (comments, views), and commit it.`,
  )
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await server.stop()
}
