/**
 * Where every decision of a world comes from: whole numbers drawn from a seed and kept in a list. Playing the list again gives
 * the same world; a shorter list, or one with smaller numbers, gives a smaller world that is just as true. So 0 is always the
 * plainest choice, and what lies beyond the end of a list is 0.
 */
export interface Choices {
  /** 0 … count - 1. */
  int: (count: number) => number
  /** `parts` times out of `of`; never when the list is at its end. */
  chance: (parts: number, of: number) => boolean
  /** The first one is the plainest. */
  pick: <Item>(items: readonly Item[]) => Item
  /** As many of 100 as each states; the first one is the plainest. */
  weighted: <Item>(items: readonly (readonly [share: number, item: Item])[]) => Item
  /** What was drawn so far. */
  readonly drawn: readonly number[]
}

export function fromSeed(seed: number, index: number): Choices {
  const next = generator(Math.imul(seed, 0x9e3779b1) ^ Math.imul(index + 1, 0x85ebca77), index)
  return choicesOf((count) => Math.floor((next() / 0x100000000) * count))
}

export function fromList(list: readonly number[]): Choices {
  let position = 0
  return choicesOf((count) => {
    const value = list[position] ?? 0
    position += 1
    return Math.min(value, count - 1)
  })
}

function choicesOf(draw: (count: number) => number): Choices {
  const drawn: number[] = []
  const int = (count: number): number => {
    const value = draw(count)
    drawn.push(value)
    return value
  }
  return {
    drawn,
    int,
    chance: (parts, of) => int(of) >= of - parts,
    pick: (items) => items[int(items.length)]!,
    weighted: (items) => {
      const total = items.reduce((sum, [share]) => sum + share, 0)
      let left = int(total)
      for (const [share, item] of items) {
        if (left < share) return item
        left -= share
      }
      return items[0]![1]
    },
  }
}

/** sfc32: small, fast, and the same on every machine. */
function generator(low: number, high: number): () => number {
  let [a, b, c, counter] = [0x9e3779b9 ^ low, 0x243f6a88 ^ high, low, 1]
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (c << 21) | (c >>> 11)
    c = (c + sum) | 0
    return sum >>> 0
  }
  for (let warming = 0; warming < 12; warming += 1) next()
  return next
}
