import { defineConfig } from 'prisma/config'

// `prisma generate` looks for the native schema engine, which it does not use, and would download it. Any executable
// satisfies it, so generating works without a network. Migrations run on the WebAssembly engine (src/db/migrations/migrate.ts).
process.env['PRISMA_SCHEMA_ENGINE_BINARY'] ??= process.execPath

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
})
