/** Pairs as many as possible of two lists. */

/**
 * A largest set of pairs in which each member stands at most once. The first in `left` is paired if any largest
 * set pairs them, with the first fitting member of `right` that allows it: equal lists are paired alike.
 */
export function pairUp<Left, Right>(
  left: readonly Left[],
  right: readonly Right[],
  fits: (left: Left, right: Right) => boolean,
): Map<Left, Right> {
  const takenBy = new Map<Right, Left>()
  for (const one of left) augment(one, right, fits, takenBy)
  return new Map([...takenBy].map(([taken, by]) => [by, taken]))
}

/** A member takes a place; its former place goes to the taker of the exchange `before`. */
interface Exchange<Left, Right> {
  place: Right
  taker: Left
  before: Exchange<Left, Right> | null
}

/** Searches breadth first for a free member along pairs that can be exchanged, and exchanges them. */
function augment<Left, Right>(
  start: Left,
  right: readonly Right[],
  fits: (left: Left, right: Right) => boolean,
  takenBy: Map<Right, Left>,
): void {
  const reached = new Set<Right>()
  const waiting: { one: Left; before: Exchange<Left, Right> | null }[] = [{ one: start, before: null }]
  for (const { one, before } of waiting) {
    for (const place of right) {
      if (reached.has(place) || !fits(one, place)) continue
      reached.add(place)
      const exchange = { place, taker: one, before }
      const owner = takenBy.get(place)
      if (owner === undefined) {
        carryOut(exchange, takenBy)
        return
      }
      waiting.push({ one: owner, before: exchange })
    }
  }
}

function carryOut<Left, Right>(last: Exchange<Left, Right>, takenBy: Map<Right, Left>): void {
  for (let step: Exchange<Left, Right> | null = last; step !== null; step = step.before)
    takenBy.set(step.place, step.taker)
}
