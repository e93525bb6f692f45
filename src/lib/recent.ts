/** The last so many distinct words, the latest use counting. */
export interface Recent {
  add: (word: string) => void
  has: (word: string) => boolean
}

export function createRecent(max: number): Recent {
  /** In the order of their last use. */
  const words = new Set<string>()
  return {
    add: (word) => {
      words.delete(word)
      words.add(word)
      for (const oldest of words) {
        if (words.size <= max) break
        words.delete(oldest)
      }
    },
    has: (word) => words.has(word),
  }
}
