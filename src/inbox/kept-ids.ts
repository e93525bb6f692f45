import type { Identifiers, ReplacedId } from '../card-data/identifiers.ts'
import type { Account } from '../providers/account.ts'

/** The ids that a merchant's own words may hold. */
export interface MerchantIds {
  orderId?: string | undefined
  operationId?: string | undefined
  parentReference?: string | undefined
}

const ID_FIELDS = ['orderId', 'operationId', 'parentReference'] as const

/** What a merchant says, with its ids as they are kept, and what those were. */
export function keepIds<Said extends MerchantIds>(
  identifiers: Identifiers,
  said: Said,
): { kept: Said; replaced: ReplacedId[] } {
  const kept = { ...said }
  const replaced: ReplacedId[] = []
  for (const field of ID_FIELDS) {
    const original = said[field]
    if (original === undefined) continue
    const shown = identifiers.replace(original)
    if (shown === original) continue
    kept[field] = shown
    replaced.push({ shown, original })
  }
  return { kept, replaced }
}

/** As long as a card number: no other number is replaced for what it may be. */
const NUMBER = /^\d{13,19}$/

/** What of the replaced ids may be kept: the numbers of an account that states that its ids are numbers. */
export const originalsOf = (
  { numericIds }: Pick<Account, 'numericIds'>,
  replaced: readonly ReplacedId[],
): ReplacedId[] => (numericIds ? replaced.filter(({ original }) => NUMBER.test(original)) : [])
