import { hash } from 'node:crypto'
import { fastify } from 'fastify'

/** The floor: the least that a receiver on Fastify can do. It takes the raw body, digests it once and answers OK. */
const app = fastify()
app.removeAllContentTypeParsers()
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
  done(null, body)
})
app.get('/ready', (_request, reply) => reply.send())
app.post<{ Body: Buffer }>('/notifications/:provider/:account', (request, reply) => {
  hash('sha256', request.body)
  return reply.type('text/plain').send('OK')
})
await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' })
process.once('SIGTERM', () => void app.close())
