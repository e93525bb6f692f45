import { expect, it } from 'vitest'
import { inForm } from '../support/form.ts'
import { play } from './play.ts'
import type { Played } from './play.ts'
import { PLANTED } from './planted.ts'
import { fromList, fromSeed } from './random.ts'
import { shrink } from './shrink.ts'
import { storyOf } from './story.ts'
import { tallyOf, tallyText } from './tally.ts'

/** The short form of the model; README.md says how to play the long one. */

const SEED = Number(process.env['MODEL_SEED'] ?? 1)
const WORLDS = Number(process.env['MODEL_WORLDS'] ?? inForm(700, 2_000))

const LONG = 120_000

it(`no world of seed ${SEED} hears a wrong yes, loses money or alarms for nothing`, { timeout: LONG }, () => {
  const tally = tallyOf({ seed: SEED, from: 0, count: WORLDS })
  const [first] = tally.failures
  expect(first && retold(first.index), tallyText(tally)).toBeUndefined()
})

function retold(index: number): string {
  const choices = fromSeed(SEED, index)
  return `world ${index}\n${storyOf(shrink(play(choices), choices.drawn).played)}`
}

it.each(PLANTED)(
  'finds the planted fault $what by the check $check',
  { timeout: LONG },
  ({ check, rules }) => {
    const options = { rules, checks: [check] }
    const found = worlds().find(
      ({ index, right }) => right.fault === null && play(fromSeed(SEED, index), options).fault !== null,
    )
    if (found === undefined) throw new Error('no world tells the planted fault from the rules')
    const choices = fromSeed(SEED, found.index)
    const failed = play(choices, options)
    const { list, played } = shrink(failed, choices.drawn, options)
    expect(failed.fault?.check).toBe(check)
    expect(played.fault?.check).toBe(check)
    expect(played.after).toBeLessThanOrEqual(failed.after)
    expect(storyOf(play(fromList(list), options))).toBe(storyOf(played))
  },
)

function* worlds(): Generator<{ index: number; right: Played }> {
  for (let index = 0; index < 1_000; index += 1) yield { index, right: play(fromSeed(SEED, index)) }
}

it('a seed plays the same world again', () => {
  const [once, again] = [play(fromSeed(SEED, 7)), play(fromSeed(SEED, 7))]
  expect(storyOf(again)).toBe(storyOf(once))
})
