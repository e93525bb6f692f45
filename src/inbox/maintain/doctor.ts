import { AppError } from '../../lib/errors.ts'
import type { AccountScope } from '../../domain/records.ts'
import { EXAMINED_BYTES_MAX } from '../../providers/diagnosis.ts'
import type { Explanation } from '../../providers/explanation.ts'
import type { ConfiguredAccount } from '../../providers/account-directory.ts'
import type { NotificationRequest } from '../../providers/provider.ts'
import type { Services } from '../../services.ts'
import { keptRequest, signedRequest, type LostBytes } from './kept-request.ts'
import type { FoundMessage, MessageStore } from './stores.ts'

/**
 * Why a signature fails, and which setting mends it. It looks and says: nothing is stored, no message is accepted, nothing of a
 * body or a secret is repeated.
 */
export interface Diagnosis extends Explanation {
  verified: boolean
}

/** A notification as a person has it: copied from a back office or a log. */
export interface GivenMessage extends AccountScope {
  body: Buffer
  /** Raw text after `?`; '' when none. */
  query: string
  /** The signature, if given separately; null: the message contains it. */
  signature: string | null
}

type DoctorServices = Pick<Services, 'accounts' | 'clock'>

/** Throws `unknown_message`, and `unknown_account` for a message of an account that is not configured any more. */
export async function examineMessage(
  services: DoctorServices & Pick<Services<{ messages: MessageStore }>, 'stores'>,
  id: string,
): Promise<Diagnosis & AccountScope> {
  const message = await services.stores.messages.find(id)
  if (message === null)
    throw new AppError('unknown_message', 'inboxId: no message is stored or in quarantine under this id')
  const { provider, account } = message
  return { provider, account, ...diagnosisOf(services, message) }
}

function diagnosisOf(services: DoctorServices, message: FoundMessage): Diagnosis {
  if (message.home === 'inbox') return ofStored(message.witness, message.secretId)
  const configured = services.accounts.resolve(message.provider, message.account)
  const request = keptRequest(configured.provider, message)
  if (typeof request === 'string') return unknown(LOST[request])
  const found = examine(services, configured, [request])
  return found.verified
    ? {
        ...found,
        remedy:
          'It was refused when it came and verifies with the accounts file of today: replay --quarantine stores it.',
      }
    : found
}

/** What was stored had been verified; what a merchant forwarded bears no signature. */
const ofStored = (witness: string, secretId: string | null): Diagnosis =>
  witness === 'notification'
    ? {
        verified: true,
        cause: null,
        secretId,
        remedy: `Nothing is to be mended: secret ${secretId ?? ''} verified this message when it came.`,
      }
    : unknown(
        'It is an answer that the merchant forwarded: the API key vouches for it, and it has no signature.',
      )

const LOST: Readonly<Record<LostBytes, string>> = {
  card_data_overwritten:
    'Card data was overwritten before this message was kept, so that no signature can be checked: have it sent again, or hand in its body as the back office shows it.',
  data_key_missing:
    'The body is sealed by a key that is not in DATA_KEYS: add that key, or hand in the body as the back office shows it.',
  content_altered:
    'The sealed body is not the one that was kept: have it sent again, or hand in its body as the back office shows it.',
  content_purged:
    'The body was deleted: have it sent again, or hand in its body as the back office shows it.',
}

const unknown = (remedy: string): Diagnosis => ({ verified: false, cause: null, secretId: null, remedy })

/** Throws `unknown_account`. */
export function examineGiven(services: DoctorServices, given: GivenMessage): Diagnosis {
  const configured = services.accounts.resolve(given.provider, given.account)
  return examine(services, configured, requestsOf(configured, given))
}

/** A set of parameters alone does not say whether it travelled in the body or in the query. */
function requestsOf({ provider }: ConfiguredAccount, given: GivenMessage): NotificationRequest[] {
  const posted = signedRequest(provider, given)
  const asked = {
    ...posted,
    method: 'GET',
    query: posted.body.toString('latin1'),
    body: Buffer.alloc(0),
  } as const
  return given.query === '' && provider.methods.includes('GET') ? [posted, asked] : [posted]
}

const VERIFIED = 'Nothing is to be mended: the signature verifies with the accounts file of today.'

/** `requests`: the possible forms of the request. If none verifies, the first is explained. */
function examine(
  { accounts, clock }: DoctorServices,
  { account, provider }: ConfiguredAccount,
  requests: readonly NotificationRequest[],
): Diagnosis {
  const now = clock.now()
  const [first] = requests
  if (first === undefined || first.body.length + first.query.length > EXAMINED_BYTES_MAX)
    return unknown(
      `The message is longer than ${EXAMINED_BYTES_MAX} bytes: no provider sends such a one, and its signature was not looked into.`,
    )
  for (const request of requests) {
    const verification = provider.verify(request, account, now)
    if (verification.verified)
      return { verified: true, cause: null, secretId: verification.secretId, remedy: VERIFIED }
  }
  const others = accounts
    .all()
    .filter((other) => other !== account && provider.names.includes(other.provider))
  return { verified: false, ...provider.diagnose({ request: first, account, others, now }) }
}
