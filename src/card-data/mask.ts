import type { DigitToken } from './digits.ts'

/** What a receipt may print of a card number. */
const SHOWN_FIRST = 6
const SHOWN_LAST = 4

/** The digits of a card number that may not be shown; none of ten digits or fewer. */
export const hiddenDigits = (digits: readonly DigitToken[]): readonly DigitToken[] =>
  digits.length <= SHOWN_FIRST + SHOWN_LAST ? [] : digits.slice(SHOWN_FIRST, -SHOWN_LAST)

/** The text with stars for what may not be shown of the card numbers in it. */
export function maskRuns(text: string, runs: readonly (readonly DigitToken[])[]): string {
  let masked = ''
  let copied = 0
  for (const { start } of runs.flatMap(hiddenDigits)) {
    masked += `${text.slice(copied, start)}*`
    copied = start + 1
  }
  return masked + text.slice(copied)
}
