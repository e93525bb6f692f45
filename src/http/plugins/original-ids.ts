import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Originals } from '../../queries/originals.ts'

/** Every answer shows the numbers that an account's replaced ids were, where the account states that its ids are numbers. */
export const originalIds = fp(
  async (app: FastifyInstance, { originals }: { originals: Originals }): Promise<void> => {
    app.addHook('preSerialization', async (_request, _reply, payload) => originals.shownIn(payload))
  },
)
