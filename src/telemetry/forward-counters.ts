import { Registry } from 'prom-client'
import { createCounters, type Counters } from './counters.ts'

/** What one thread counted, to be added up where the figures are exposed. */
export interface Counted {
  name: keyof Counters
  labels: Readonly<Record<string, string>>
  /** Of a count the sum, of a measure each value. */
  values: number[]
}

/** Counters that keep what they count until it is taken; `onCounted` says that there is something to take. */
export function forwardCounters(onCounted: () => void): { counters: Counters; take: () => Counted[] } {
  let waiting = new Map<string, Counted>()
  const countedBy = (name: keyof Counters, labels: Counted['labels']): Counted => {
    const key = [name, ...Object.values(labels)].join('\n')
    const counted = waiting.get(key) ?? { name, labels, values: [] }
    waiting.set(key, counted)
    onCounted()
    return counted
  }
  const forward = (name: keyof Counters) => ({
    inc: (labels: Counted['labels'] = {}, value = 1) => {
      const { values } = countedBy(name, labels)
      values[0] = (values[0] ?? 0) + value
    },
    observe: (labels: Counted['labels'], value: number) => {
      countedBy(name, labels).values.push(value)
    },
  })
  const names = Object.keys(createCounters(new Registry()).counters) as (keyof Counters)[]
  return {
    counters: Object.fromEntries(names.map((name) => [name, forward(name)])) as unknown as Counters,
    take: () => {
      const taken = [...waiting.values()]
      waiting = new Map()
      return taken
    },
  }
}

/** Add what another thread counted. */
export function addCounted(counters: Counters, counted: readonly Counted[]): void {
  for (const { name, labels, values } of counted) {
    const counter = counters[name]
    for (const value of values) {
      if ('observe' in counter) counter.observe(labels, value)
      else counter.inc(labels, value)
    }
  }
}
