import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { responseBody } from '../../../src/http/schemas/response.ts'
import { codeBlocks, PAGES, readDoc, ROOT } from './markdown.ts'

const { scripts } = JSON.parse(readDoc('package.json')) as { scripts: Record<string, string> }
const texts = [...PAGES, '.env.example', '.ci/run'].map((page) => ({ page, text: readDoc(page) }))
const shell = texts.flatMap(({ text }) => codeBlocks(text, 'sh'))

test('every npm script that is named exists', () => {
  const named = texts.flatMap(({ page, text }) =>
    [...text.matchAll(/\bnpm (?:run ([a-z][a-z0-9:]*)|(test|start)\b)/g)].map(([, run, short]) => ({
      page,
      script: run ?? short ?? '',
    })),
  )
  expect(named).toContainEqual({ page: 'README.md', script: 'demo' })
  expect(named.filter(({ script }) => !(script in scripts))).toEqual([])
})

test('every file that a script runs exists', () => {
  const files = Object.values(scripts).flatMap((script) => /^node ([\w/-]+\.ts)/.exec(script)?.[1] ?? [])
  expect(files).not.toEqual([])
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([])
})

test('the JSON in a curl command is a response the service would take', () => {
  const commands = shell.filter((block) => block.includes('/v1/responses'))
  const bodies = commands.flatMap((block) =>
    [...block.matchAll(/-d '(\{[^']*\})'/g)].map(([, body = '']) => body),
  )
  expect(bodies).not.toEqual([])
  for (const body of bodies) expect(responseBody.safeParse(JSON.parse(body)).error).toBeUndefined()
})

test('a first look stays a first look', () => {
  expect(readDoc('README.md').split('\n').length).toBeLessThan(150)
  expect(readDoc('docs/architecture.md').split('\n').length).toBeLessThanOrEqual(180)
})
