import { globSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { rooms } from '../../../.dependency-cruiser.mjs'
import { readArchitecture, advice, type ArchitectureReport } from '../../support/architecture.ts'
import { miniature, withTree } from './miniature.ts'
import { batchesOf, isToldApart, readTogether, type Planted } from './planted-together.ts'
import { violations } from './violations.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const ownFiles = globSync('{src,test}/**/*.ts', { cwd: root }).filter(
  (path) => !/^(src\/db\/generated|test\/fixtures)\//.test(path),
)
const planted = Object.entries(violations).flatMap(([rule, trees]) =>
  trees.map((lines) => ({ rule, lines, where: Object.entries(lines)[0]?.join(': ') ?? '' })),
)

describe('the real tree', () => {
  // Six hundred files, on whatever machine this is.
  it('is read, imports and all, and breaks no rule', { timeout: 180_000 }, async () => {
    const report = await readArchitecture(root)
    expect(report.violations, report.text).toEqual([])
    expect(report.modules).toBeGreaterThanOrEqual(ownFiles.length)
    expect(report.dependencies).toBeGreaterThan(0)
  })
})

describe('the rules', () => {
  let readings: (readonly [Planted[], Promise<ArchitectureReport>])[]
  beforeAll(() => {
    readings = batchesOf(planted).map((batch) => [batch, readTogether(batch)] as const)
  })

  it('find nothing in a tree that uses every permission', async () => {
    const report = await withTree(miniature, readArchitecture)
    expect(report.violations).toEqual([])
    expect(report.modules).toBe(Object.keys(miniature).filter((path) => /^(src|test)\//.test(path)).length)
  })

  it('let a room know only what stands further down', () => {
    const order = rooms.map(({ path }) => path)
    const upwards = rooms.flatMap(({ path, knows }) =>
      knows
        .filter((known) => order.indexOf(known) <= order.indexOf(path))
        .map((known) => `${path} → ${known}`),
    )
    expect(upwards).toEqual([])
  })

  it('each have a planted violation and say what to do instead', () => {
    expect(Object.keys(violations).toSorted()).toEqual(Object.keys(advice).toSorted())
    expect(Object.values(advice).filter((text) => text.length < 40)).toEqual([])
  })

  it.each(planted)('$rule: $where', async ({ rule, lines }) => {
    const [batch, reading] = readings.find(([batch]) => batch.some((one) => one.lines === lines))!
    const together = await reading
    // One violation may hide behind another, or bring one about elsewhere: such a one is looked at alone.
    const isClear = isToldApart({ rule, lines }, batch, together)
    const report = isClear ? together : await readTogether([{ rule, lines }])
    if (!isClear) expect([...new Set(report.violations.map((violation) => violation.rule))]).toEqual([rule])
    expect(report.text.replaceAll(/\s+/g, ' ')).toContain(advice[rule])
  })

  it('do not take an unreadable tree for a clean one', async () => {
    const unreadable = { 'package.json': '{}', 'src/a.txt': 'text', 'test/b.txt': 'text' }
    expect((await withTree(unreadable, readArchitecture)).modules).toBe(0)
  })
})
