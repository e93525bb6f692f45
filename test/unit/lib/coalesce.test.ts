import { expect, it } from 'vitest'
import { coalesce } from '../../../src/lib/coalesce.ts'
import { settle } from '../../support/hand-clock.ts'

it('does the work once for all who ask while it is under way, and once more after it', async () => {
  const turns: (() => void)[] = []
  const ask = coalesce(async () => new Promise<void>((resolve) => turns.push(resolve)))
  const end = async (): Promise<void> => {
    turns.at(-1)?.()
    await settle()
  }
  ask()
  expect(turns).toHaveLength(1)
  ask()
  ask()
  expect(turns).toHaveLength(1)
  await end()
  expect(turns).toHaveLength(2)
  await end()
  expect(turns).toHaveLength(2)
  ask()
  expect(turns).toHaveLength(3)
})
