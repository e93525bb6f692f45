import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest'
import { createMigration } from '../../src/db/migrations/new-migration.ts'
import { diffSchema } from '../../src/db/migrations/schema-diff.ts'

const databaseUrl = inject('databaseServerUrl')
const NOW = new Date('2026-03-04T05:06:07.890Z')

const MODEL = `
  datasource db {
    provider = "postgresql"
  }
  model Shop {
    id   Int    @id
    name String
    @@map("shops")
  }`

// What the schema file cannot say must not look like a difference. The check also makes the engine read "char" columns.
const ONLY_IN_SQL = `
  CREATE TABLE "shops" ("id" INTEGER NOT NULL CHECK ("id" > 0), CONSTRAINT "shops_pkey" PRIMARY KEY ("id"));
  COMMENT ON TABLE "shops" IS 'Shops; all of them';
  CREATE INDEX "few" ON "shops" ("id") WHERE "id" < 10;
  CREATE SCHEMA "ops";
  CREATE VIEW "ops"."shops" AS SELECT * FROM "shops";`

let directory: string
let schemaFile: string

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'schema-diff-'))
  schemaFile = join(directory, 'schema.prisma')
  await writeFile(schemaFile, MODEL)
  await mkdir(join(directory, '20260101000000_first'))
  await writeFile(join(directory, '20260101000000_first', 'migration.sql'), ONLY_IN_SQL)
})

afterEach(() => rm(directory, { recursive: true }))

describe('diffSchema', () => {
  it('finds that the migrations build exactly what prisma/schema.prisma says', async () => {
    expect(await diffSchema({ databaseUrl })).toBeUndefined()
  })

  it('says in SQL what the migrations lack, and nothing about what only SQL can say', async () => {
    const diff = await diffSchema({ databaseUrl, directory, schemaFile })

    const statements = diff?.split('\n').filter((line) => line !== '' && !line.startsWith('--'))
    expect(statements?.join('\n')).toMatch(/^ALTER TABLE "shops" ADD COLUMN\s+"name" TEXT NOT NULL;$/)
  })

  it('leaves no shadow database behind, not even when a migration fails there', async () => {
    await writeFile(join(directory, '20260101000000_first', 'migration.sql'), 'SELECT missing;')
    await expect(diffSchema({ databaseUrl, directory, schemaFile })).rejects.toThrow(
      '"missing" does not exist',
    )

    const client = new pg.Client({ connectionString: databaseUrl })
    await client.connect()
    const { rows } = await client.query("SELECT datname FROM pg_database WHERE datname LIKE 'shadow%'")
    await client.end()
    expect(rows).toEqual([])
  })
})

describe('createMigration', () => {
  it('writes the difference into a folder named after the time, and then finds nothing more to do', async () => {
    const file = await createMigration('add_name', NOW, { databaseUrl, directory, schemaFile })

    expect(file).toBe(join(directory, '20260304050607_add_name', 'migration.sql'))
    expect(await readFile(file, 'utf8')).toContain('ADD COLUMN')
    await expect(createMigration('again', NOW, { databaseUrl, directory, schemaFile })).rejects.toThrow(
      'nothing to migrate',
    )
  })

  it.each(['', 'Add Name', '../escape', '1st'])('refuses the name %j', async (name) => {
    await expect(createMigration(name, NOW, { databaseUrl, directory, schemaFile })).rejects.toThrow(
      'snake_case',
    )
  })
})
