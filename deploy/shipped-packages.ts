import { readFileSync } from 'node:fs'

/** One package of the image, as the lockfile pins it. */
export interface ShippedPackage {
  name: string
  version: string
  /** As the package states it: an SPDX expression, or nothing at all. */
  licence: string | undefined
}

interface LockedPackage {
  version: string
  license?: string
  dev?: boolean
  optional?: boolean
  devOptional?: boolean
  dependencies?: Record<string, string>
}

/** By place in node_modules; the service itself stands at ''. */
type Lockfile = Record<string, LockedPackage>

function readLockfile(): Lockfile {
  const text = readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { packages: Lockfile }).packages
}

/** What `npm ci --omit=dev --omit=optional` installs, as the Dockerfile does; the same package in two places is one. */
export function shippedPackages(): ShippedPackage[] {
  const shipped = Object.entries(readLockfile()).flatMap(([path, locked]) => {
    const { version, license: licence, dev, optional, devOptional } = locked
    const isLeftOut = path === '' || dev || optional || devOptional
    return isLeftOut ? [] : [{ name: path.replace(/^.*node_modules\//, ''), version, licence }]
  })
  return [...new Map(shipped.map((one) => [idOf(one), one])).values()]
}

/** Ids of those that the service itself asks for. */
export const directPackages = (): string[] =>
  Object.entries(readLockfile()['']?.dependencies ?? {}).map(([name, version]) => idOf({ name, version }))

/** `name@version`, as npm's bill of materials refers to it. */
export const idOf = ({ name, version }: Pick<ShippedPackage, 'name' | 'version'>): string =>
  `${name}@${version}`
