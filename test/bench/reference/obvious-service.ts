import { PrismaPg } from '@prisma/adapter-pg'
import { fastify } from 'fastify'
import { v7 as uuidv7 } from 'uuid'
import { readFact, type FactRow } from '../../../src/domain/event/written-fact.ts'
import { PrismaClient } from '../../../src/db/generated/client.ts'
import { reconcile } from '../../../src/domain/reconcile.ts'
import type { TransactionEvent } from '../../../src/domain/event/transaction-event.ts'
import { keyUnder } from '../../../src/lib/crypto.ts'
import { providerOf } from '../../../src/providers/registry.ts'
import { accountNamed } from '../messages/accounts.ts'
import { eventRow, messageRow, orderRow, transactionRow, type Received } from './obvious-rows.ts'

/**
 * Reference B: the service one writes first. A handler verifies, and one Prisma transaction per request writes the rows
 * that the product writes; then it answers OK. It borrows the product's rules, so that both end in the same state.
 */
type Tx = Parameters<Parameters<PrismaClient['$transaction']>[0]>[0]

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
    await receive({ id: uuidv7(), account, verified, now })
    return reply.type('text/plain').send(provider?.acknowledgement)
  },
)
await app.listen({ port: Number(PORT), host: '127.0.0.1' })
process.once('SIGTERM', () => void app.close().then(async () => prisma.$disconnect()))

/** A redelivery fails on the ledger's key, and is counted. */
async function receive(received: Received): Promise<void> {
  const { id, account, verified, now } = received
  const key = new Uint8Array(
    keyUnder(verified.reference, account.provider, account.account, 'notification', verified.canonical),
  )
  const work = async (tx: Tx): Promise<void> => {
    await tx.receipt.create({ data: { key, inboxId: id, lastDeliveredAt: now } })
    await tx.inboxMessage.create({ data: messageRow(received) })
    await tx.inboxQueue.create({ data: { inboxId: id, dueAt: now } })
    if (SCOPE === 'pipeline') await processMessage(tx, received)
  }
  await prisma.$transaction(work, { maxWait: 10_000, timeout: 10_000 }).catch(async (error: unknown) => {
    if ((error as { code?: string }).code !== 'P2002') throw error
    await prisma.receipt.update({
      where: { key },
      data: { deliveries: { increment: 1 }, lastDeliveredAt: now },
    })
  })
}

async function processMessage(tx: Tx, { id, account, verified, now }: Received): Promise<void> {
  const translation = providerOf(account.provider)?.translate(
    { content: verified.content, receivedAt: now },
    account,
  )
  if (translation?.readable !== true) throw new Error('the bench sends nothing unreadable')
  for (const fact of translation.events) {
    await tx.transactionEvent.create({ data: eventRow(fact, id) })
    await saveProjections(tx, fact, now)
  }
  await tx.inboxQueue.delete({ where: { inboxId: id } })
  await tx.inboxOutcome.create({
    data: { inboxId: id, state: 'processed', family: translation.family, processedAt: now },
  })
}

/** Whatever is known of its order decides what the transaction and the order come to. */
async function saveProjections(
  tx: Tx,
  { provider, account, reference, orderId }: TransactionEvent,
  now: Date,
): Promise<void> {
  const rows = await tx.transactionEvent.findMany({
    where: { provider, account, OR: [{ reference }, { orderId }] },
  })
  const { policy } = accountNamed(account)
  const events = rows.map((row) => readFact(row as unknown as FactRow))
  const { transactions, orders } = reconcile({ events, expectations: [], resolutions: [], policy, now })
  for (const transaction of transactions.filter((one) => one.reference === reference)) {
    const row = transactionRow(transaction, now)
    const key = { reference: transaction.reference, account, provider }
    await tx.transaction.upsert({
      where: { reference_account_provider: key },
      create: row,
      update: { ...row, version: { increment: 1 } },
    })
  }
  for (const order of orders.filter((one) => one.orderId === orderId)) {
    const row = orderRow(order, now)
    await tx.order.upsert({
      where: { orderId_account_provider: { orderId: order.orderId, account, provider } },
      create: row,
      update: { ...row, version: { increment: 1 } },
    })
  }
}
