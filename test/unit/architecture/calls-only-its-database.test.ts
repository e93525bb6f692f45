import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import { expect, it } from 'vitest'

/** What needs no import cannot be seen by the rules of the architecture, so the linter looks for it. */

const eslint = new ESLint({
  cwd: fileURLToPath(new URL('../../..', import.meta.url)),
  // These rules need no types, and reading the whole project for them takes its time.
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => /no-restricted-(globals|imports)$/.test(ruleId),
})

const findingsIn = async (filePath: string, code: string): Promise<(string | null)[]> =>
  (await eslint.lintText(code, { filePath })).flatMap(({ messages }) => messages.map(({ ruleId }) => ruleId))

it.each([
  `await fetch('http://169.254.169.254/')`,
  `new WebSocket('ws://elsewhere')`,
  `new EventSource('http://elsewhere')`,
  `import { connect } from 'node:net'\nconnect(80)`,
  `import net from 'node:net'\nnet.connect(80)`,
])('the service cannot call another host with: %s', async (code) => {
  expect(await findingsIn('src/inbox/receive/receive.ts', code)).toHaveLength(1)
})

it.each([
  ['src/cli/delivery.ts', `await fetch('http://127.0.0.1/')`],
  [
    'src/http/plugins/client-errors.ts',
    `import type { Socket } from 'node:net'\nexport type Both = [Socket]`,
  ],
  ['src/config/settings.ts', `import { isIP } from 'node:net'\nisIP('')`],
])('%s may do what it does', async (filePath, code) => {
  expect(await findingsIn(filePath, code)).toEqual([])
})
