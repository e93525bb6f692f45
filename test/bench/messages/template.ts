import { hash } from 'node:crypto'
import type { SamplePayment } from '../../../src/cli/sample-notifications.ts'
import type { Account } from '../../../src/providers/account.ts'
import type { SignedRequest } from '../../../src/providers/provider.ts'
import { providerOf } from '../../../src/providers/registry.ts'
import { accountNamed } from './accounts.ts'
import type { Step, Story } from './stories.ts'

/**
 * A notification signed once by the product's own adapter, with holes for what differs from payment to payment. Filling
 * and signing it again costs microseconds, so that a minute of traffic is made in seconds.
 */
export interface Template {
  /** The HTTP request of one payment, ready to be sent; valid until the next call. */
  request: (payment: number) => Buffer
  /** Where the body begins in every request. */
  bodyAt: number
}

/** Twelve characters as HiPay's references; Be2bill's begin with a letter. `later`: of a step with its own reference. */
export function referenceOf(payment: number, story: Story, later: boolean): string {
  const letter = story.account === 'shop-be' ? (later ? 'B' : 'A') : '9'
  return letter + digits(payment)
}

export const orderOf = (payment: number): string => `ORDER-${digits(payment)}`

/** Minor units, always five digits. */
export const amountOf = (payment: number): number => 10_000 + ((payment * 7_919) % 90_000)

const digits = (payment: number): string => String(payment).padStart(11, '0')

/** No other field holds these digits. */
const MODEL = 86_420_975_313
const MODEL_AMOUNT = amountOf(MODEL)

interface Hole {
  at: number
  write: (payment: number) => string
}

export function templateOf(story: Story, step: Step): Template {
  const account = accountNamed(story.account)
  const signed = signModel(story, step, account)
  const signature = /[0-9a-f]{64}/.exec(headerText(signed) + signed.body.toString('latin1'))?.[0] ?? ''
  const preimage = preimageOf(signed, account)
  if (hash('sha256', preimage, 'hex') !== signature) {
    throw new Error(`the template of ${story.name} ${step.name} is not signed as the adapter signs it`)
  }
  const head = `POST /notifications/${account.provider}/${account.account} HTTP/1.1\r\nhost: 127.0.0.1\r\n${headerText(signed)}content-length: ${signed.body.length}\r\n\r\n`
  const request = Buffer.concat([Buffer.from(head, 'latin1'), signed.body])
  const holes = holesIn(request, story, step)
  const preimageHoles = holesIn(preimage, story, step)
  const signatureAt = request.indexOf(signature)
  return {
    bodyAt: Buffer.byteLength(head, 'latin1'),
    request: (payment) => {
      fill(preimage, preimageHoles, payment)
      fill(request, holes, payment)
      request.write(hash('sha256', preimage, 'hex'), signatureAt, 'latin1')
      return request
    },
  }
}

function signModel(story: Story, step: Step, account: Account): SignedRequest {
  const provider = providerOf(account.provider)
  if (!provider) throw new Error(`no adapter for ${account.provider}`)
  const payment: SamplePayment = {
    reference: referenceOf(MODEL, story, step.ownReference),
    orderId: orderOf(MODEL),
    amount: MODEL_AMOUNT,
    currency: 'EUR',
    at: new Date('2026-03-02T10:00:00Z'),
    test: false,
  }
  return provider.sign(step.fields(payment), account, story.encoding === 'xml' ? { encoding: 'xml' } : {})
}

const headerText = ({ headers }: SignedRequest): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')

/** The bytes under the hash. HiPay: body and passphrase. Be2bill: the sorted pairs with the key before, between and after. */
function preimageOf({ body }: SignedRequest, { provider, secrets: [secret] }: Account): Buffer {
  const key = secret?.value ?? ''
  if (provider === 'hipay') return Buffer.concat([body, Buffer.from(key)])
  const pairs = [...new URLSearchParams(body.toString())].filter(([name]) => name !== 'HASH')
  pairs.sort(([left], [right]) => (left < right ? -1 : 1))
  return Buffer.from(pairs.reduce((text, [name, value]) => `${text}${name}=${value}${key}`, key))
}

function holesIn(bytes: Buffer, story: Story, step: Step): Hole[] {
  const major = (amount: number): string => `${String(amount).slice(0, 3)}.${String(amount).slice(3)}`
  const fields: ((payment: number) => string)[] = [
    (payment) => referenceOf(payment, story, step.ownReference),
    orderOf,
    (payment) => major(amountOf(payment)),
    (payment) => `AMOUNT=${amountOf(payment)}`,
  ]
  return fields.flatMap((write) => occurrences(bytes, write(MODEL)).map((at) => ({ at, write })))
}

function occurrences(bytes: Buffer, text: string): number[] {
  const found: number[] = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) found.push(at)
  return found
}

function fill(bytes: Buffer, holes: readonly Hole[], payment: number): void {
  for (const { at, write } of holes) bytes.write(write(payment), at, 'latin1')
}
