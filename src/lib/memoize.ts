/**
 * A pure function of a name that keeps its results: the same few dozen names come with every message. Names that a sender
 * invents must not fill the memory: long ones are computed each time, and too many names empty it. A plain Map, not an LRU cache:
 * it is asked for every name of every message, and keeping the order of use costs more than a rare new start.
 */
export function memoizeByName<Answer extends object | string | number | boolean | null>(
  answerTo: (name: string) => Answer,
): (name: string) => Answer {
  const answers = new Map<string, Answer>()
  return (name) => {
    const known = answers.get(name)
    if (known !== undefined) return known
    if (name.length > LENGTH_MAX) return answerTo(name)
    if (answers.size >= NAMES_MAX) answers.clear()
    const own = detached(name)
    const answer = answerTo(own)
    answers.set(own, answer)
    return answer
  }
}

const NAMES_MAX = 1000
const LENGTH_MAX = 64

/** The same text in memory of its own: as a slice, a name would keep the whole message that it was cut from alive. */
function detached(text: string): string {
  return JSON.parse(JSON.stringify(text)) as string
}
