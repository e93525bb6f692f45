import { afterAll, beforeAll, expect, it } from 'vitest'
import { inForm, SEED } from '../support/form.ts'
import { randomFrom, shuffled } from '../support/orderings.ts'
import { createFigures, keepFigures } from './support/figures.ts'
import type { ServiceProcess } from './support/service-process.ts'
import { createStage, type Stage } from './support/stage.ts'

/**
 * Several processes on one database: every message goes to one, to some or to all of them at the same instant, both
 * witnesses of a payment together, deadlines come due in between, and no process is told what another does.
 */

const figures = createFigures('replicas')
const random = randomFrom(SEED)
const replicas: ServiceProcess[] = []
let stage: Stage

beforeAll(async () => {
  stage = await createStage()
})
afterAll(async () => {
  keepFigures(figures)
  await stage.close()
})

/** One to all of them, in any order. */
function some(): string[] {
  const count = 1 + Math.floor(random() * replicas.length)
  return shuffled(replicas, random)
    .slice(0, count)
    .map(({ url }) => url)
}

it.each([2, 4])('%i replicas do everything once', async (count) => {
  const joining = Array.from({ length: count - replicas.length }, async () =>
    stage.start(await stage.place()),
  )
  replicas.push(...(await Promise.all(joining)))
  const sender = stage.send({ route: some, lanes: 12, restMs: inForm(20, 0) })
  for (let hundreds = 0; hundreds < inForm(3, 150); hundreds += 1) await sender.acknowledged(100)
  await stage.expectBooksEqual(figures)
})

it('no replica waited in a circle, conflicted or failed at anything', () => {
  const said = replicas.map(({ output }) => output()).join('\n')
  expect(said).not.toMatch(/40P01|40001|57014/)
  // On a slow machine a worker may wait for a lock for too long: that is told, and tried again.
  const failures = said.match(/^.*"level":"(?:error|fatal)".*$/gm) ?? []
  expect(failures.filter((line) => !line.includes('"55P03"'))).toEqual([])
})
