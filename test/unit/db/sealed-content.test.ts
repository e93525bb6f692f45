import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openContent, sealContents } from '../../../src/db/sealed-content.ts'
import { createKeyRing, type KeyRing } from '../../../src/lib/key-ring.ts'
import { NO_KEYS } from '../../support/no-keys.ts'

const newKey = (id: string) => ({ id, bytes: randomBytes(32) })
const A = newKey('a')
const ring = createKeyRing([A])

const row = { id: '0190-1', provider: 'hipay', account: 'shop', content: Buffer.from('status=118') } as const
const seal = (with_: KeyRing = ring) => {
  const { contents, dataKey } = sealContents(with_, 'inbox', [row])
  return { ...row, content: contents[0]!, dataKey }
}
const altered = { code: 'content_altered', detail: 'the sealed body is not the one that was stored here' }

describe('a body at rest', () => {
  it('stays as it is without keys', () => {
    const stored = seal(NO_KEYS)
    expect(stored).toEqual({ ...row, dataKey: null })
    expect(openContent(NO_KEYS, 'inbox', row.id, stored)).toBe(row.content)
  })

  it('is sealed by the first key and shows nothing of itself', () => {
    const stored = seal()
    expect(stored.dataKey).toBe(ring.current?.name)
    expect(stored.content.includes('118')).toBe(false)
    expect(stored.content).toHaveLength(row.content.length + 1 + 24 + 16)
    expect(openContent(ring, 'inbox', row.id, stored)).toEqual(row.content)
  })

  it('is sealed differently each time, also within one batch', () => {
    const { contents } = sealContents(ring, 'inbox', [row, row, row])
    expect(new Set(contents.map((content) => content.toString('hex', 0, 25))).size).toBe(3)
    for (const content of contents) {
      const stored = { ...row, content, dataKey: ring.current!.name }
      expect(openContent(ring, 'inbox', row.id, stored)).toEqual(row.content)
    }
  })

  it('opens under an older key of the ring, and one in clear opens under any', () => {
    const both = createKeyRing([newKey('b'), A])
    expect(openContent(both, 'inbox', row.id, seal())).toEqual(row.content)
    expect(openContent(both, 'inbox', row.id, { ...row, dataKey: null })).toEqual(row.content)
  })

  it('opens in no other row', () => {
    const stored = seal()
    expect(openContent(ring, 'quarantine', row.id, stored)).toEqual(altered)
    expect(openContent(ring, 'inbox', '0190-2', stored)).toEqual(altered)
    expect(openContent(ring, 'inbox', row.id, { ...stored, provider: 'be2bill' })).toEqual(altered)
    expect(openContent(ring, 'inbox', row.id, { ...stored, account: 'shop2' })).toEqual(altered)
  })

  it('opens no more once any of its bytes is changed, cut off or added', () => {
    const stored = seal()
    for (let at = 0; at < stored.content.length; at += 1) {
      const content = Buffer.from(stored.content)
      content[at]! ^= 0x80 >> (at % 8)
      expect(openContent(ring, 'inbox', row.id, { ...stored, content }), String(at)).toEqual(altered)
      const cut = { ...stored, content: stored.content.subarray(0, at) }
      expect(openContent(ring, 'inbox', row.id, cut), `cut at ${at}`).toEqual(altered)
    }
    const longer = { ...stored, content: Buffer.concat([stored.content, Buffer.of(0)]) }
    expect(openContent(ring, 'inbox', row.id, longer)).toEqual(altered)
  })

  it('says which key it misses, also when another one was given under its id', () => {
    const stored = seal()
    const detail = `the body is sealed by ${stored.dataKey}, which is not in DATA_KEYS`
    for (const without of [NO_KEYS, createKeyRing([{ ...A, id: 'b' }]), createKeyRing([newKey('a')])])
      expect(openContent(without, 'inbox', row.id, stored)).toEqual({ code: 'data_key_missing', detail })
  })

  it('is not opened by another key that was renamed to its own', () => {
    const stored = seal()
    const other = createKeyRing([newKey('a')])
    const moved = { ...stored, dataKey: other.current!.name }
    expect(openContent(other, 'inbox', row.id, moved)).toEqual(altered)
  })

  it('says that it was purged', () => {
    const purged = { ...row, content: null, dataKey: null }
    expect(openContent(ring, 'inbox', row.id, purged)).toMatchObject({ code: 'content_purged' })
  })
})
