import { inForm } from './form.ts'

/** Ways in which the same messages may arrive. Deterministic: a failure repeats. */

/**
 * All permutations up to `whole` items, `sample` shuffled ones above, the first of them the given one. The long form leaves
 * none out.
 */
export function orderingsOf<Item>(items: readonly Item[], whole = 5, sample = 200): Item[][] {
  if (items.length <= inForm(whole, Infinity)) return permutationsOf(items)
  const random = randomFrom(items.length)
  return Array.from({ length: sample }, (_, turn) => (turn === 0 ? [...items] : shuffled(items, random)))
}

function permutationsOf<Item>(items: readonly Item[]): Item[][] {
  if (items.length <= 1) return [[...items]]
  return items.flatMap((item, index) =>
    permutationsOf([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
  )
}

export function shuffled<Item>(items: readonly Item[], random: () => number): Item[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((left, right) => left.at - right.at)
    .map(({ item }) => item)
}

/** A small generator of numbers in [0, 1), the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
