import { randomBytes } from 'node:crypto'
import type { KeyRing, RingKey } from '../lib/key-ring.ts'
import { XAES_NONCE_BYTES } from '../lib/xaes.ts'
import type { ContentFault } from '../inbox/messages.ts'
import type { BodyHome } from '../inbox/maintain/stores.ts'
import type { AccountScope } from '../domain/records.ts'

/**
 * Raw bodies at rest (docs/decisions/0007-bodies-sealed-at-rest.md). A sealed `content` is
 *
 *     format (1 byte, 1) · nonce (24) · ciphertext · tag (16)
 *
 * and `data_key` names its key; without one the content is in clear. The key is not named inside: a body that a
 * sender wrote must never be taken for a sealed one. The row is authenticated with it, so that it opens in no other.
 */
interface Body extends AccountScope {
  id: string
  content: Buffer
}

interface StoredBody extends AccountScope {
  /** Null: retention has deleted it. */
  content: Buffer | null
  /** Null: in clear. */
  dataKey: string | null
}

const FORMAT = Buffer.of(1)
const HEADER_BYTES = 1 + XAES_NONCE_BYTES

/** The bodies as they are to be stored: sealed by the ring's first key; as they are when there is none. */
export function sealContents(
  { current }: KeyRing,
  home: BodyHome,
  bodies: readonly Body[],
): { contents: Buffer[]; dataKey: string | null } {
  return current === null
    ? { contents: bodies.map(({ content }) => content), dataKey: null }
    : { contents: sealAll(current, home, bodies), dataKey: current.name }
}

function sealAll({ name, cipher }: RingKey, home: BodyHome, bodies: readonly Body[]): Buffer[] {
  const nonces = randomBytes(bodies.length * XAES_NONCE_BYTES)
  return bodies.map((body, index) => {
    const nonce = nonces.subarray(index * XAES_NONCE_BYTES, (index + 1) * XAES_NONCE_BYTES)
    const sealed = cipher.seal(nonce, body.content, placeOf(name, home, body.id, body))
    return Buffer.concat([FORMAT, nonce, sealed])
  })
}

/** The body in clear, or why it cannot be opened. */
export function openContent(
  ring: KeyRing,
  home: BodyHome,
  id: string,
  body: StoredBody,
): Buffer | ContentFault {
  const { content, dataKey } = body
  if (content === null) return { code: 'content_purged', detail: 'the body was deleted by retention' }
  if (dataKey === null) return content
  const key = ring.find(dataKey)
  if (!key)
    return { code: 'data_key_missing', detail: `the body is sealed by ${dataKey}, which is not in DATA_KEYS` }
  const nonce = content.subarray(1, HEADER_BYTES)
  const whole = content[0] === FORMAT[0] && nonce.length === XAES_NONCE_BYTES
  const place = placeOf(dataKey, home, id, body)
  const opened = whole ? key.cipher.open(nonce, content.subarray(HEADER_BYTES), place) : null
  return opened ?? { code: 'content_altered', detail: 'the sealed body is not the one that was stored here' }
}

/** None of the words holds a line break. */
const placeOf = (dataKey: string, home: BodyHome, id: string, { provider, account }: AccountScope): Buffer =>
  Buffer.from(`${FORMAT[0]}\n${dataKey}\n${home}\n${id}\n${provider}\n${account}`)
