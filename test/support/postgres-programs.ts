import { dirname, join } from 'node:path'
import type { PostgresBinaries } from '../../src/embedded-postgres/binaries.ts'
import { resultOf } from './started-process.ts'

/**
 * On which PostgreSQL the tests run: the embedded one, or the programs in the folder TEST_POSTGRES_BIN, which must then be
 * of the version TEST_POSTGRES_MAJOR.
 */
const EMBEDDED_MAJOR = 18

/** Undefined: the embedded ones. */
export async function testPostgresPrograms(): Promise<PostgresBinaries | undefined> {
  const directory = process.env['TEST_POSTGRES_BIN'] ?? ''
  return directory === '' ? undefined : postgresBinariesIn(directory)
}

/** The version that the run asked for: a test that passes on another one proves nothing about this one. */
export const askedMajor = (): number => Number(process.env['TEST_POSTGRES_MAJOR'] ?? EMBEDDED_MAJOR)

/** The programs of another installation, such as /usr/lib/postgresql/15/bin. */
async function postgresBinariesIn(directory: string): Promise<PostgresBinaries> {
  const postgres = join(directory, 'postgres')
  const printed = await resultOf(postgres, ['--version'])
  const version = /\(PostgreSQL\) (\d[\w.]*)/.exec(printed)?.[1]
  if (version === undefined) throw new Error(`${postgres} does not tell its version: ${printed.trim()}`)
  return { initdb: join(directory, 'initdb'), postgres, root: dirname(directory), version }
}
