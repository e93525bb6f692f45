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
  const free = new Set(right)
  /** Places from which an exchange may lead to a free one; what led to none leads to none for ever. */
  const open = new Set(right)
  for (const one of left) {
    const place = free.values().find((candidate) => fits(one, candidate))
    const exchange =
      place === undefined ? findExchange({ one, fits, takenBy, open }) : { place, taker: one, before: null }
    if (exchange === null) continue
    free.delete(exchange.place)
    carryOut(exchange, takenBy)
  }
  return new Map([...takenBy].map(([taken, by]) => [by, taken]))
}

/** A member takes a place; its former place goes to the taker of the exchange `before`. */
interface Exchange<Left, Right> {
  place: Right
  taker: Left
  before: Exchange<Left, Right> | null
}

interface Search<Left, Right> {
  one: Left
  fits: (left: Left, right: Right) => boolean
  takenBy: ReadonlyMap<Right, Left>
  open: Set<Right>
}

/** Searches breadth first for a free place along pairs that can be exchanged. */
function findExchange<Left, Right>({
  one: start,
  fits,
  takenBy,
  open,
}: Search<Left, Right>): Exchange<Left, Right> | null {
  let unreached = [...open]
  const waiting: { one: Left; before: Exchange<Left, Right> | null }[] = [{ one: start, before: null }]
  for (const { one, before } of waiting) {
    const others: Right[] = []
    for (const place of unreached) {
      if (!fits(one, place)) {
        others.push(place)
        continue
      }
      const exchange = { place, taker: one, before }
      const owner = takenBy.get(place)
      if (owner === undefined) return exchange
      waiting.push({ one: owner, before: exchange })
    }
    unreached = others
  }
  for (const { before } of waiting) if (before !== null) open.delete(before.place)
  return null
}

function carryOut<Left, Right>(last: Exchange<Left, Right>, takenBy: Map<Right, Left>): void {
  for (let step: Exchange<Left, Right> | null = last; step !== null; step = step.before)
    takenBy.set(step.place, step.taker)
}
