import { postgresBinariesIn, type PostgresBinaries } from '../../src/embedded-postgres/binaries.ts'

/**
 * On which PostgreSQL the tests run: the embedded one, or the programs in the folder TEST_POSTGRES_BIN, which must then be
 * of the version TEST_POSTGRES_MAJOR.
 */
const EMBEDDED_MAJOR = 18

/** Undefined: the embedded ones. */
export function testPostgresPrograms(): PostgresBinaries | undefined {
  const directory = process.env['TEST_POSTGRES_BIN'] ?? ''
  return directory === '' ? undefined : postgresBinariesIn(directory)
}

/** The version that the run asked for: a test that passes on another one proves nothing about this one. */
export const askedMajor = (): number => Number(process.env['TEST_POSTGRES_MAJOR'] ?? EMBEDDED_MAJOR)
