import type { Command } from 'commander'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { buildProgram } from '../../../src/cli/program.ts'
import { expectationBody } from '../../../src/http/v1/expectations.ts'
import { doctorBody } from '../../../src/http/v1/doctor.ts'
import { replayBody } from '../../../src/http/v1/replays.ts'
import { resolutionBody } from '../../../src/http/v1/discrepancies.ts'
import { responseBody } from '../../../src/http/v1/forwarded-responses.ts'
import { readOptions } from '../../bench/options.ts'
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

test('what a curl command sends is what the service takes there', () => {
  const sent = shell.flatMap((block) => [
    ...oneLine(block).matchAll(/\/v1\/(\w+)[^']* (?:-H '[^']*' )?-d '(\{[^']*\})'/g),
  ])
  const schemas = {
    responses: responseBody,
    expectations: expectationBody,
    discrepancies: resolutionBody,
    doctor: doctorBody,
    inbox: replayBody,
  }
  expect(new Set(sent.map(([, what]) => what))).toEqual(new Set(Object.keys(schemas)))
  for (const [, what, body = ''] of sent) {
    expect(schemas[what as keyof typeof schemas].safeParse(JSON.parse(body)).error).toBeUndefined()
  }
})

/** A block with each command on one line of its own. */
const oneLine = (block: string): string =>
  block.replaceAll(/ *\\\n */g, ' ').replaceAll(/'[^']*'/g, (quoted) => quoted.replaceAll(/\s+/g, ' '))

/** Every command line that a page shows, in a block or in its text. */
const commands = texts
  .filter(({ page }) => page.endsWith('.md'))
  .flatMap(({ page, text }) =>
    [
      ...codeBlocks(text, 'sh').flatMap((block) => oneLine(block).split('\n')),
      ...[...text.matchAll(/`((?:npm|npx|node|docker|kill|openssl|curl) [^`\n]+)`/g)].map(
        ([, line = '']) => line,
      ),
    ]
      .flatMap((line) => line.replace(/ +# .*$/, '').split(' && '))
      .filter((line) => line.trim() !== '')
      .map((line) => ({
        page,
        line: line
          .replace(' --silent', '')
          .replace(/ > [\w.]+$/, '')
          .trim(),
      })),
  )

/** Commands of other programs that pages show. */
const OTHERS = [
  /^npm (?:ci|test|start|audit --omit=dev|install --save-exact)$/,
  /^docker compose up$/,
  /^kill (?:-HUP <pid>|-9)$/,
  /^openssl rand -base64 32$/,
  /^\(umask 077; echo "2026-11:\$\(openssl rand -base64 32\)" > data-keys\)$/,
  /^curl /,
  // test/integration/docs.test.ts runs its statement.
  /^psql "\$DATABASE_URL" -c 'CREATE ROLE /,
]

/** What must be there for a command to do what its page says; by the words that it begins with. */
const FORMS: readonly [RegExp, (rest: string) => boolean][] = [
  [/^npm run receiver -- (.+)$/, isCommandOfReceiver],
  [/^npm run bench -- (.+)$/, (rest) => readOptions(rest.split(' ')).only.length > 0],
  [
    /^npm run model -- (.+)$/,
    (rest) => [...rest.matchAll(/--(\w+) /g)].every(([, name]) => modelTakes(name!)),
  ],
  [/^npm run (?:test:unit --|mutation -- -m) (\S+)$/, (path) => existsSync(join(ROOT, path))],
  [/^npm run ([\w:]+)(?: -- <name>)?$/, (script) => script in scripts],
  [
    /^docker compose kill -s HUP (\w+)$/,
    (service) => readDoc('docker-compose.yml').includes(`\n  ${service}:\n`),
  ],
]

function isCommandOfReceiver(rest: string): boolean {
  const program = buildProgram({
    environment: {},
    streams: { out: () => {}, err: () => {}, data: async () => {} },
    onEnd: () => {},
  })
  const words = rest.split(' ')
  const command = commandIn(program, words)
  return command.commands.length === 0 && takes(command, words)
}

/** Follows the names of commands within commands, and takes them off `words`. */
function commandIn(program: Command, words: string[]): Command {
  const next = program.commands.find((one) => one.name() === words[0])
  if (next === undefined) return program
  words.shift()
  return commandIn(next, words)
}

/** Whether the rest of the line has the command's arguments, then options that it knows, each with its value. */
function takes(command: Command, words: readonly string[]): boolean {
  const optionOf = (word: string | undefined) => command.options.find(({ long }) => long === word)
  const first = words.findIndex((word) => word.startsWith('--'))
  const given = first < 0 ? words : words.slice(0, first)
  const rest = words.slice(given.length)
  const areKnown = rest.every(
    (word, at) => optionOf(word) !== undefined || optionOf(rest[at - 1])?.required === true,
  )
  return areKnown && given.length === command.registeredArguments.length
}

const modelTakes = (name: string): boolean => readDoc('test/model/run.ts').includes(`    ${name}: { type: `)

test('every command that a page shows can be given', () => {
  expect(commands.length).toBeGreaterThanOrEqual(60)
  const unknown = commands.filter(({ line }) => {
    if (OTHERS.some((form) => form.test(line))) return false
    const found = FORMS.map(([form, isThere]) => [form.exec(line)?.[1], isThere] as const).find(
      ([rest]) => rest,
    )
    return found === undefined || !found[1](found[0]!)
  })
  expect(unknown).toEqual([])
})

test('a first look stays a first look', () => {
  expect(readDoc('README.md').split('\n').length).toBeLessThan(121)
  expect(readDoc('docs/architecture.md').split('\n').length).toBeLessThanOrEqual(180)
})
