import type { TrueOrder, Truth } from './ledger.ts'
import type { Choices } from './random.ts'

/** Where one shop stands with one order while its truth is made up. */
export interface Playing {
  truth: Truth
  choices: Choices
  order: TrueOrder
  /** True time. */
  now: number
}
