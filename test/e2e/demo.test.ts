import { readdirSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { cleanUp, emptyDirectory, runToEnd } from './support/service.ts'

afterAll(cleanUp)

it('npm run demo plays every scenario as promised, leaves nothing behind and exits 0', async () => {
  const temporary = emptyDirectory()
  const { code, output } = await runToEnd('npm', ['run', '--silent', 'demo'], { TMPDIR: temporary })
  expect({ code, output }).toMatchObject({ code: 0 })
  expect(output).toMatch(/\n\d\d scenarios, all as expected/)
  // Not a terminal: no colours.
  expect(output).not.toContain('\u001b')
  expect(readdirSync(temporary).filter((name) => name.startsWith('receiver-demo'))).toEqual([])
})

it('npm run demo refuses options that it does not know', async () => {
  const { code, output } = await runToEnd('npm', ['run', '--silent', 'demo', '--', '--kep'])
  expect(code).toBe(1)
  expect(output).toContain('--kep')
})
