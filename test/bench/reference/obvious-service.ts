import { PrismaPg } from '@prisma/adapter-pg'
import { fastify } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { PrismaClient } from '../../../src/db/generated/client.ts'
import { reconcile } from '../../../src/domain/reconcile.ts'
import type { StoredEvent, Transaction } from '../../../src/domain/transaction.ts'
import { eventKey } from '../../../src/inbox/event-key.ts'
import { sha256, sha256Framed } from '../../../src/lib/crypto.ts'
import { providerOf } from '../../../src/providers/registry.ts'
import { accountNamed } from '../messages/accounts.ts'

/**
 * Reference B: the service one writes first. A handler verifies, and one Prisma transaction per request writes the rows
 * that the product writes; then it answers OK. It borrows the product's rules, so that both end in the same state.
 */
type Tx = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]
type Account = ReturnType<typeof accountNamed>

const { DATABASE_URL = '', PORT, SCOPE } = process.env
const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: DATABASE_URL }) })
const app = fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body)
})
app.get('/ready', async () => prisma.inboxQueue.count())
app.post<{ Params: { account: string }; Body: Buffer }>(
  '/notifications/:provider/:account',
  async (request, reply) => {
    const account = accountNamed(request.params.account)
    const provider = providerOf(account.provider)
    const now = new Date()
    const message = { method: 'POST' as const, query: '', headers: request.headers, body: request.body }
    const verified = provider?.verify(message, account, now)
    if (!verified?.verified) return reply.code(401).send()
    const key = new Uint8Array(
      sha256Framed(account.provider, account.account, 'notification', verified.canonical),
    )
    const id = uuidv7()
    const work = async (tx: Tx): Promise<void> => {
      await tx.receipt.create({ data: { key, inboxId: id, lastDeliveredAt: now } })
      await store(tx, { account, id, content: verified.content, secretId: verified.secretId, now })
      if (SCOPE === 'pipeline') await process_(tx, { account, id, content: verified.content, now })
    }
    await prisma.$transaction(work, { maxWait: 10_000, timeout: 10_000 }).catch(async (error: unknown) => {
      if ((error as { code?: string }).code !== 'P2002') throw error
      await prisma.receipt.update({
        where: { key },
        data: { deliveries: { increment: 1 }, lastDeliveredAt: now },
      })
    })
    return reply.type('text/plain').send(provider?.acknowledgement)
  },
)
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => void app.close().then(async () => prisma.$disconnect()))

interface Received {
  account: Account
  id: string
  content: Buffer
  now: Date
}

async function store(
  tx: Tx,
  { account, id, content, secretId, now }: Received & { secretId: string },
): Promise<void> {
  await tx.inboxMessage.create({
    data: {
      id,
      provider: account.provider,
      account: account.account,
      witness: 'notification',
      content: new Uint8Array(content),
      contentDigest: new Uint8Array(sha256(content)),
      secretId,
      receivedAt: now,
    },
  })
  await tx.inboxQueue.create({ data: { inboxId: id, dueAt: now } })
}

async function process_(tx: Tx, { account, id, content, now }: Received): Promise<void> {
  const translation = providerOf(account.provider)?.translate({ content, receivedAt: now }, account)
  for (const fact of translation?.readable === true ? translation.events : []) {
    const event: StoredEvent = { ...fact, id: uuidv7(), inboxId: id }
    const { id: _id, inboxId: _inboxId, ...stored } = event
    const { provider, reference, parentReference, orderId, witness, type, occurredAt, receivedAt } = fact
    await tx.transactionEvent.create({
      data: {
        ...{
          id: event.id,
          inboxId: id,
          eventKey: new Uint8Array(eventKey(event)),
          fact: JSON.parse(JSON.stringify(stored)) as object,
        },
        ...{
          provider,
          account: account.account,
          reference,
          parentReference,
          orderId,
          witness,
          type,
          occurredAt,
          receivedAt,
        },
      },
    })
    const rows = await tx.transactionEvent.findMany({
      where: { account: account.account, provider, OR: [{ reference }, { orderId }] },
    })
    const events = rows.map(
      (row) => ({ ...(row.fact as object), id: row.id, inboxId: row.inboxId }) as StoredEvent,
    )
    const { transactions } = reconcile({
      events,
      expectations: [],
      resolutions: [],
      policy: account.policy,
      now,
    })
    for (const transaction of transactions.filter((one) => one.reference === reference))
      await save(tx, transaction, now)
  }
  await tx.inboxQueue.delete({ where: { inboxId: id } })
  const family = translation?.readable === true ? translation.family : null
  await tx.inboxOutcome.create({ data: { inboxId: id, state: 'processed', family, processedAt: now } })
}

async function save(tx: Tx, transaction: Transaction, now: Date): Promise<void> {
  const { provider, account, reference, operations, paymentMethod, threeDSecure, fraud, customer, custom } =
    transaction
  const { absorbed, orderId, status, reconciliation, overdue, final, test, merchantId, currency } =
    transaction
  const totals = ['authorizedTotal', 'capturedTotal', 'refundedTotal', 'chargedBackTotal'] as const
  const data = {
    ...{
      absorbed: [...absorbed],
      orderId,
      status,
      reconciliation,
      overdue,
      final,
      test,
      merchantId,
      currency,
    },
    ...Object.fromEntries(totals.map((total) => [total, transaction[total]])),
    linked: operations.some(({ operation }) => operation === 'authorization' || operation === 'sale'),
    operations: JSON.parse(JSON.stringify(operations)) as object[],
    details: JSON.parse(JSON.stringify({ paymentMethod, threeDSecure, fraud, customer, custom })) as object,
    firstSeenAt: transaction.firstSeenAt,
    nextDeadlineAt: transaction.nextDeadlineAt,
    updatedAt: now,
  }
  await tx.transaction.upsert({
    where: { reference_account_provider: { reference, account, provider } },
    create: { ...{ provider, account, reference, version: 1 }, ...data },
    update: { ...data, version: { increment: 1 } },
  })
}
