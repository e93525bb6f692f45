import type { ShownId, IdentifierStore } from './stores.ts'
import type { Services } from '../services.ts'
import type { AccountScope } from '../domain/records.ts'

/** The original numbers of replaced ids, for the accounts that state that their ids are numbers. */
export interface Originals {
  /** The answer, with every replaced id shown as what it was where that is known. */
  shownIn<Answer>(answer: Answer): Promise<Answer>
}

export function createOriginals({ stores, accounts }: Services<{ identifiers: IdentifierStore }>): Originals {
  return {
    shownIn: async (answer) => {
      const stating = accounts.all().filter(({ numericIds }) => numericIds)
      if (stating.length === 0) return answer
      const names = new Set(stating.map(nameOf))
      const ids = new Map<string, ShownId>()
      rewrite(answer, null, (scope, shown) => {
        if (names.has(nameOf(scope))) ids.set(keyOf({ ...scope, shown }), { ...pick(scope), shown })
        return shown
      })
      if (ids.size === 0) return answer
      const known = new Map(
        (await stores.identifiers.originals([...ids.values()])).map((id) => [keyOf(id), id.original]),
      )
      return rewrite(
        answer,
        null,
        (scope, shown) => known.get(keyOf({ ...scope, shown })) ?? shown,
      ) as typeof answer
    },
  }
}

const pick = ({ provider, account }: AccountScope): AccountScope => ({ provider, account })
const nameOf = ({ provider, account }: AccountScope): string => `${provider}/${account}`
const keyOf = (id: ShownId): string => `${nameOf(id)}/${id.shown}`

/** A replaced number of 13 to 19 digits; anything else is shown as it is kept. */
const REPLACED_NUMBER = /\d{6}\*{3,9}\d{4}~[a-z2-7]{20}/g

type Named = (scope: AccountScope, shown: string) => string

/** Everything below an object that names provider and account is about that account. */
function rewrite(value: unknown, scope: AccountScope | null, named: Named): unknown {
  if (typeof value === 'string')
    return scope === null ? value : value.replace(REPLACED_NUMBER, (shown) => named(scope, shown))
  if (Array.isArray(value)) return value.map((member) => rewrite(member, scope, named))
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  const own = isScope(value) ? value : scope
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, rewrite(member, own, named)]),
  )
}

const isScope = (value: object): value is AccountScope =>
  'provider' in value &&
  'account' in value &&
  typeof value.provider === 'string' &&
  typeof value.account === 'string'
