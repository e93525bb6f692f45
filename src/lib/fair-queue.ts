/**
 * A queue of lanes that take turns: however much one lane has waiting, the first of another is never behind more than one of
 * each. Within a lane the order is that of arrival.
 */
export interface FairQueue<Item> {
  add(lane: string, item: Item): void
  /** Up to `max` items, one of each lane in turn. */
  take(max: number): Item[]
  /** Give up the last item of the longest lane in favour of `lane`; null when no lane is longer than that one. */
  makeRoom(lane: string): Item | null
  readonly size: number
}

export function createFairQueue<Item>(): FairQueue<Item> {
  /** In the order of their turns; a lane without items has no entry. */
  const lanes = new Map<string, Item[]>()
  let size = 0

  function next(): Item | undefined {
    for (const [lane, items] of lanes) {
      const item = items.shift()
      lanes.delete(lane)
      if (items.length > 0) lanes.set(lane, items)
      size -= 1
      return item
    }
    return undefined
  }

  return {
    add: (lane, item) => {
      const items = lanes.get(lane)
      if (items) items.push(item)
      else lanes.set(lane, [item])
      size += 1
    },
    take: (max) => {
      const taken: Item[] = []
      while (taken.length < max && size > 0) taken.push(next() as Item)
      return taken
    },
    makeRoom: (lane) => {
      const longest = [...lanes.values()].reduce(
        (most, items) => (items.length > most.length ? items : most),
        [],
      )
      if (longest.length <= (lanes.get(lane)?.length ?? 0) + 1) return null
      size -= 1
      return longest.pop() ?? null
    },
    get size() {
      return size
    },
  }
}
