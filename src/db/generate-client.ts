import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/**
 * npm's postinstall: writes Prisma's client to src/db/generated. An installation without development dependencies has
 * no Prisma to do it with; there the client has been generated before and came with the source.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const cli = findPrismaCli()

if (cli === undefined) {
  const generated = existsSync(fileURLToPath(new URL('generated/client.ts', import.meta.url)))
  console.log(`prisma is not installed; ${generated ? 'keeping' : 'there is no'} generated client`)
} else {
  process.exitCode =
    spawnSync(process.execPath, [cli, 'generate'], { cwd: root, stdio: 'inherit' }).status ?? 1
}

function findPrismaCli(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('prisma/build/index.js')
  } catch {
    return undefined
  }
}
