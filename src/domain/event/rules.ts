import type { StoredEvent } from './evidence.ts'

/**
 * Names of the rules that decide a field, under their ids in docs/transaction-lifecycle.md. Explanations cite only
 * rules by which one statement prevails over another, or by which a value is read from several; only those are here.
 */
export const RULES = {
  'D-1': 'a notification was due',
  'D-2': 'the customer takes their time',
  'D-3': 'a method that takes days',
  'D-4': 'an answer was due',
  'F-2': 'the same fact repeated',
  'F-3': 'the final notification, else the final answer, else the furthest',
  'F-4': 'the latest decisive statement of a side',
  'F-5': 'a success that only an answer states',
  'F-6': 'a later step implies its authorization',
  'F-7': 'an end contradicts nothing',
  'F-8': 'a noted fact changes nothing',
  'F-9': 'an unknown code changes only whether a retry is safe',
  'F-10': 'not processed yields to every other final outcome',
  'F-11': 'the last notification that states it, else the last answer',
  'I-6': 'the notified order id, else the answered one',
  'J-10': 'amounts of successful statements are compared',
  'M-2': 'the counter of the last settled fact',
  'M-3': 'a later refusal lowers the counter',
  'M-4': 'a later fact implies a capture that no message states',
  'M-5': 'the steps explain the counter',
  'M-6': 'the counter exceeds the known steps',
  'M-7': 'own amounts summed, unknown if one is',
  'M-8': 'each reference once, the notified amount first',
  'M-9': 'what is declined or not granted is nothing',
  'M-10': 'the stages of a dispute',
  'M-11': 'a dispute without stages',
  'M-12': 'money is conserved',
  'Q-2': 'an operator stated that nothing was processed',
  'R-10': 'announced, and nothing more',
  'S-1': 'the first status that holds',
  'S-3': 'amounts decide what is partial',
  'S-4': 'a step without a known payment decides by itself',
  'W-1': 'both sides agree',
  'W-2': 'an answer awaits a final notification',
  'W-3': 'a requested step awaits its outcome',
  'W-4': 'what was not processed awaits nothing',
  'W-5': 'the worst operation shows',
  'W-6': 'success against refusal',
  'W-7': 'whether the answer to a payment is due',
  'W-8': 'whether the answer to a later step is due',
  'X-1': 'an attribute differs',
  'X-2': 'an amount that is not one',
  'X-3': 'a payment without an announcement',
  'X-5': 'less than announced',
  'X-6': 'more than one payment stands',
} as const satisfies Readonly<Record<string, string>>

export type RuleId = keyof typeof RULES

/** The rule that gave a sum and the facts that it was read from; no facts: no message states it. */
export interface Basis {
  rule: RuleId
  facts: readonly StoredEvent[]
}
