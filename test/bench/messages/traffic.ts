import { randomFrom } from '../../support/orderings.ts'
import { stories } from './stories.ts'

/**
 * In which order messages come: payments overlap, the steps of one are thousands of messages apart (two of them never
 * share a batch), and one message in twenty comes a second time, at once or later.
 */
export interface Traffic {
  next(): Delivery
}

export interface Delivery {
  payment: number
  /** Index into `stories`. */
  story: number
  step: number
  /** Position of the first delivery: its own, unless this is a redelivery. */
  original: number
}

const STEP_GAP = { min: 1_000, spread: 2_000 }
const REDELIVERED = 0.05
/** Half of the redeliveries overtake the acknowledgement, the other half come after it. */
const REDELIVERY_GAPS = [
  { min: 1, spread: 32 },
  { min: 500, spread: 2_000 },
]

/** `stepGap`: how many messages lie between two steps of a payment. */
export function createTraffic(stepGap = STEP_GAP): Traffic {
  // The same sequence in every run: figures of two runs speak of the same messages.
  const random = randomFrom(20_260_302)
  const due = new Map<number, Delivery[]>()
  const ready: Delivery[] = []
  const chooseStory = weighted(
    stories.map(({ weight }) => weight),
    random,
  )
  let position = -1
  let payments = 0
  const later = ({ min, spread }: { min: number; spread: number }, delivery: Delivery): void => {
    const at = position + min + Math.floor(random() * spread)
    due.set(at, [...(due.get(at) ?? []), delivery])
  }
  return {
    next: () => {
      position += 1
      ready.push(...(due.get(position) ?? []))
      due.delete(position)
      const delivery = ready.shift() ?? { payment: payments++, story: chooseStory(), step: 0, original: -1 }
      if (delivery.original >= 0) return delivery
      const first = { ...delivery, original: position }
      const nextStep = first.step + 1
      if (nextStep < (stories[first.story]?.steps.length ?? 0)) {
        later(stepGap, { ...first, step: nextStep, original: -1 })
      }
      if (random() < REDELIVERED) later(REDELIVERY_GAPS[Math.floor(random() * 2)] as typeof STEP_GAP, first)
      return first
    },
  }
}

function weighted(weights: readonly number[], random: () => number): () => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return () => {
    let left = random() * total
    return weights.findIndex((weight) => (left -= weight) < 0)
  }
}
