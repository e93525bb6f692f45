import { globSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { idOf, shippedPackages } from '../../deploy/shipped-packages.ts'
import { resultOf } from '../support/started-process.ts'
import { firstColumn, readDoc, ROOT, section } from './docs/markdown.ts'

interface Manifest {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  allowScripts: Record<string, boolean>
}

interface Locked {
  version?: string
  resolved?: string
  integrity?: string
  inBundle?: boolean
  hasInstallScript?: boolean
}

const manifest = JSON.parse(readDoc('package.json')) as Manifest
const lock = JSON.parse(readDoc('package-lock.json')) as {
  lockfileVersion: number
  packages: Record<string, Locked> & { '': Manifest }
}
const { '': root, ...locked } = lock.packages
const packages = Object.entries(locked as Record<string, Locked>)

describe('the packages', () => {
  it('are asked for by exact version, and the lockfile agrees', () => {
    const asked = { ...manifest.dependencies, ...manifest.devDependencies }
    expect(Object.keys(asked).length).toBeGreaterThan(20)
    for (const [name, version] of Object.entries(asked)) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
      expect(locked[`node_modules/${name}`]?.version, name).toBe(version)
    }
    expect(root.dependencies).toEqual(manifest.dependencies)
    expect(root.devDependencies).toEqual(manifest.devDependencies)
  })

  it('are pinned by content, and come from the registry alone', () => {
    expect(lock.lockfileVersion).toBe(3)
    for (const [path, { version, resolved, integrity }] of packages) {
      expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/)
      expect(version, path).toMatch(/^\d+\.\d+\.\d+/)
      // Left out, so that it is the installer's registry that decides; git and file addresses would stand here.
      expect(resolved, path).toBeUndefined()
    }
  })

  it('run no script at installation but those named, and none of them is in the image', () => {
    const shipped = new Set(shippedPackages().map(({ name }) => name))
    const scripted = packages
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([path]) => path.replace(/^.*node_modules\//, ''))
    // Each is allowed or denied by name, and npm stops at one that is neither.
    expect(scripted.toSorted()).toEqual(Object.keys(manifest.allowScripts).toSorted())
    expect(readDoc('.npmrc').split('\n')).toContain('strict-allow-scripts=true')
    expect(scripted.filter((name) => shipped.has(name))).toEqual([])
    const dockerfile = readDoc('Dockerfile')
    expect(dockerfile.match(/npm ci(?:.* )--ignore-scripts/g)).toHaveLength(
      dockerfile.match(/npm ci/g)!.length,
    )
  })

  it('of the image have the licences that SECURITY.md names, and no others', () => {
    const named = firstColumn(section(readDoc('SECURITY.md'), 'Dependencies'))
    const found = new Set(shippedPackages().map(({ licence }) => licence))
    expect([...found].toSorted()).toEqual(named.toSorted())
  })

  it('of the image state themselves the licence that the lockfile has', () => {
    const shipped = new Map(shippedPackages().map((one) => [idOf(one), one.licence]))
    const stated = packages.flatMap(([path, { version = '' }]) => {
      const id = idOf({ name: path.replace(/^.*node_modules\//, ''), version })
      if (!shipped.has(id)) return []
      return [[id, (JSON.parse(readDoc(`${path}/package.json`)) as { license?: string }).license]] as const
    })
    expect(stated.length).toBeGreaterThanOrEqual(shipped.size)
    for (const [id, licence] of stated) expect(licence, id).toBe(shipped.get(id))
  })
})

describe('the image', () => {
  const dockerfile = readDoc('Dockerfile')
  const [service = ''] = readDoc('docker-compose.yml').split(/^  database:$/m)

  it('runs as a user without a name, over files of another user', () => {
    expect(dockerfile.match(/^USER .*$/gm)).toEqual(['USER 1000:1000'])
    expect(dockerfile).not.toContain('--chown')
  })

  it('bounds the heap as npm start does', () => {
    const { start = '' } = (JSON.parse(readDoc('package.json')) as { scripts: { start?: string } }).scripts
    const bounds = start.split(' ').filter((word) => word.startsWith('--max-'))
    expect(bounds).toHaveLength(2)
    const [, command = '[]'] = /^CMD (.*)$/m.exec(dockerfile) ?? []
    expect(JSON.parse(command)).toEqual(['node', ...bounds, 'src/server.ts'])
  })

  it('needs neither a writable root nor a power of root', () => {
    expect(service).toMatch(/read_only: true/)
    expect(service).toMatch(/cap_drop:\n +- ALL\n +security_opt:\n +- no-new-privileges:true/)
  })
})

describe('the bill of materials', async () => {
  interface Bill {
    bomFormat: string
    specVersion: string
    metadata: { component: { name: string; type: string; 'bom-ref': string } }
    components: { 'bom-ref': string; purl: string; hashes: object[]; licenses: object[] }[]
    dependencies: { ref: string; dependsOn: string[] }[]
  }
  const bill = JSON.parse(await resultOf('npm', ['run', '--silent', 'sbom'], { cwd: ROOT })) as Bill

  it('is CycloneDX and names the service', () => {
    expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { type: 'application' } } })
    expect(bill.specVersion).toMatch(/^1\.\d$/)
    expect(bill.metadata.component.name).toBe('payment-notification-receiver')
  })

  it('holds exactly what the image does, each with its hash and licence', () => {
    const ids = bill.components.map((component) => component['bom-ref'])
    expect(ids.toSorted()).toEqual(shippedPackages().map(idOf).toSorted())
    for (const name of Object.keys(manifest.dependencies))
      expect(ids).toContain(`${name}@${manifest.dependencies[name]!}`)
    for (const { purl, hashes, licenses } of bill.components) {
      expect([purl, hashes.length, licenses.length]).toEqual([expect.stringMatching(/^pkg:npm\//), 1, 1])
    }
  })

  it('says what needs what, and nothing that it does not hold', () => {
    const known = new Set(bill.components.map((component) => component['bom-ref']))
    const service = bill.dependencies.find(({ ref }) => ref === bill.metadata.component['bom-ref'])
    const asked = Object.entries(manifest.dependencies).map(([name, version]) => idOf({ name, version }))
    expect(service?.dependsOn.toSorted()).toEqual(asked.toSorted())
    expect(bill.dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !known.has(ref))).toEqual(
      [],
    )
  })
})

it('the list of licences names every package of the image once', async () => {
  const text = await resultOf('npm', ['run', '--silent', 'licences'], { cwd: ROOT })
  const listed = [...text.matchAll(/^ {2}(\S+)$/gm)].map(([, id]) => id)
  expect(listed.toSorted()).toEqual(shippedPackages().map(idOf).toSorted())
})

describe('the workflow', () => {
  const workflows = globSync('.github/workflows/*.yml', { cwd: ROOT })
  const text = workflows.map(readDoc).join('\n')

  it('uses actions by commit alone, with the version beside', () => {
    const used = [...text.matchAll(/\buses: *(.*)$/gm)].map(([, what]) => what)
    expect(used.length).toBeGreaterThan(0)
    for (const what of used) expect(what).toMatch(/^[\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })

  it('may read and nothing else, and leaves no token behind', () => {
    for (const workflow of workflows)
      expect(readDoc(workflow)).toMatch(/^permissions:\n {2}contents: read\n\n/m)
    expect(text).not.toMatch(/: write\b|pull_request_target|secrets\./)
    expect(text.match(/persist-credentials: false/g)).toHaveLength(text.match(/actions\/checkout@/g)!.length)
  })

  it('puts nothing that a contributor chooses into a command', () => {
    expect(text.match(/^.*\brun:.*\$\{\{.*$/gm)).toBeNull()
  })

  it('runs what CONTRIBUTING promises', () => {
    expect(readDoc('.github/workflows/ci.yml')).toMatch(/run: \.ci\/run$/m)
    const long = readDoc('.github/workflows/long.yml')
    expect(long).toMatch(/run: \.ci\/run long$/m)
    expect(long).toMatch(/^ {4}- cron: '\d+ \d+ \* \* \*'$/m)
    expect(long).toMatch(/^ {4}tags: \['v\*'\]$/m)
    expect(text).toContain('run: npm audit --omit=dev')
  })

  it('is kept current, like packages and images', () => {
    const ecosystems = [...readDoc('.github/dependabot.yml').matchAll(/package-ecosystem: (\S+)/g)].map(
      ([, name]) => name,
    )
    expect(ecosystems.toSorted()).toEqual(['docker', 'docker-compose', 'github-actions', 'npm'])
  })
})
