import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the service of a data directory listens, for the commands beside it: its port may have been chosen freely. */

const fileIn = (dataDirectory: string): string => join(dataDirectory, 'url')

export function publishLocalAddress(dataDirectory: string, url: string): void {
  writeFileSync(fileIn(dataDirectory), `${url}\n`)
}

/** Unless another service has taken its place. */
export function removeLocalAddress(dataDirectory: string, url: string): void {
  if (readLocalAddress(dataDirectory) === url) rmSync(fileIn(dataDirectory), { force: true })
}

/** Undefined where none runs. One that was killed leaves its address behind. */
export function readLocalAddress(dataDirectory: string): string | undefined {
  try {
    return readFileSync(fileIn(dataDirectory), 'utf8').trim()
  } catch {
    return undefined
  }
}
