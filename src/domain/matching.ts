/** Pairs as many as possible of two lists. */

/**
 * A largest set of pairs in which each member stands at most once. Whoever comes first in `left` is paired if any largest
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

/** Looks, breadth first, for a free member along pairs that can be exchanged, and exchanges them. */
function augment<Left, Right>(
  start: Left,
  right: readonly Right[],
  fits: (left: Left, right: Right) => boolean,
  takenBy: Map<Right, Left>,
): void {
  const reachedFrom = new Map<Right, Left>()
  const waiting: Left[] = [start]
  for (const one of waiting) {
    for (const candidate of right) {
      if (reachedFrom.has(candidate) || !fits(one, candidate)) continue
      reachedFrom.set(candidate, one)
      const owner = takenBy.get(candidate)
      if (owner === undefined) {
        exchange(candidate, reachedFrom, takenBy)
        return
      }
      waiting.push(owner)
    }
  }
}

/** Gives `free` to the member that reached it, the place that this one leaves to the member that reached that, and so on. */
function exchange<Left, Right>(
  free: Right,
  reachedFrom: ReadonlyMap<Right, Left>,
  takenBy: Map<Right, Left>,
): void {
  const placeOf = new Map([...takenBy].map(([place, owner]) => [owner, place]))
  for (let place: Right | undefined = free; place !== undefined;) {
    const owner = reachedFrom.get(place)
    if (owner === undefined) return
    takenBy.set(place, owner)
    place = placeOf.get(owner)
  }
}
