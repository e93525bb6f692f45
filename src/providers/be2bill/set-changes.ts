import { bytesOfText, unescaped, withoutDoubleUtf8, type ByteText } from '../../lib/byte-text.ts'
import type { Change, Reading } from '../changed-text.ts'
import type { Fault } from '../explanation.ts'
import type { RefusedMessage } from '../provider.ts'
import { parseParameters, type Parameter } from './payload.ts'

/** What proxies and frameworks make of a parameter set before it is verified, and how to undo it. */

export interface SetReading {
  parameters: readonly Parameter[]
  faults: readonly Fault[]
  ambiguous: boolean
}

const UNCHANGED = 'let the framework or proxy in front pass the set on unchanged, before it parses it'

const reencoded = (what: string, undo: Change['undo']): Change => ({
  cause: 'reencoded_body',
  remedy: `the set was ${what}: ${UNCHANGED}`,
  undo,
})

/** In the text of the set. */
export const REENCODINGS: readonly Change[] = [
  reencoded('decoded: what it holds is not encoded any more', (text) =>
    text.replaceAll('%', '%25').replaceAll('+', '%2B'),
  ),
  reencoded('encoded with plus signs that mean themselves', (text) => text.replaceAll('+', '%2B')),
  reencoded('encoded twice', (text) =>
    text
      .split('&')
      .map((pair) => mapValue(pair, unescaped))
      .join('&'),
  ),
]

const mapValue = (pair: ByteText, map: (value: ByteText) => ByteText): ByteText => {
  const equals = pair.indexOf('=')
  return equals < 0 ? pair : pair.slice(0, equals + 1) + map(pair.slice(equals + 1))
}

/** In the values that the set holds once it is decoded. */
const VALUES: readonly (Fault & { undo: (value: ByteText, name: ByteText) => ByteText })[] = [
  { ...reencoded('converted from ISO 8859-1 to UTF-8', withoutDoubleUtf8) },
  {
    ...reencoded('converted from UTF-8 to ISO 8859-1', bytesOfText),
  },
  ...(
    [
      ['LF', (value: ByteText) => value.replaceAll('\r\n', '\n')],
      ['CR LF', (value: ByteText) => value.replaceAll(/\r?\n/g, '\r\n')],
    ] as const
  ).map(([breaks, undo]) => ({
    cause: 'body_newline' as const,
    remedy: `the values of the set were signed with ${breaks} as their line breaks: ${UNCHANGED}`,
    undo,
  })),
  {
    cause: 'body_newline',
    remedy: `MESSAGE was signed with a line break at its end, which is gone: ${UNCHANGED}, and let none trim the values`,
    undo: (value, name) => (name === 'MESSAGE' ? `${value}\n` : value),
  },
]

/** Every set that it may have been. */
export function changedSets({ text, faults }: Reading, message: RefusedMessage): SetReading[] {
  const set = parseParameters(text)
  const values = VALUES.map(({ undo, cause, remedy }) => ({
    parameters: set.parameters.map((one) => ({ ...one, value: undo(one.value, one.name) })),
    faults: [{ cause, remedy }, ...faults],
    ambiguous: set.ambiguous,
  }))
  return [
    ...values,
    ...mergedSets(text, set.parameters, message).map((one) => ({
      ...one,
      faults: [...one.faults, ...faults],
    })),
  ]
}

/** Signed sets have about forty parameters; of longer ones none is left out for a try. */
const PARAMETERS_MAX = 64

/** Names of the platform; what a merchant puts into the URL has mostly another look. */
const PLATFORM_NAME = /^[0-9A-Z_]+$/

function mergedSets(text: ByteText, all: readonly Parameter[], { request }: RefusedMessage): SetReading[] {
  const asked = new Set(parseParameters(request.query).parameters.map(({ name }) => name))
  const once = parseParameters([...new Set(text.split('&'))].join('&'))
  const rest = all.length > PARAMETERS_MAX ? [] : all.filter(({ name }) => name !== 'HASH')
  return [
    ...without(all, ({ path }) => !PLATFORM_NAME.test(path[0] ?? '')),
    ...without(all, ({ name }) => name !== 'HASH' && asked.has(name)),
    { parameters: once.parameters, ambiguous: once.ambiguous, faults: [TWICE] },
    ...rest.flatMap((left) => without(all, (one) => one === left)),
  ]
}

const TWICE: Fault = {
  cause: 'merged_parameters',
  remedy: `the set holds parameters twice, as if query and body had been merged: ${UNCHANGED}`,
}

/** None where nothing is to be left out. */
function without(all: readonly Parameter[], isAdded: (parameter: Parameter) => boolean): SetReading[] {
  const added = all.filter(isAdded).map(({ name }) => name)
  const parameters = all.filter((one) => !isAdded(one))
  return added.length === 0 ? [] : [{ parameters, ambiguous: false, faults: [mergedWith(added)] }]
}

/** A name may be any text that was sent: only plain words are repeated. */
const PLAIN_NAME = /^[a-z_][\w-]{0,39}$/i

function mergedWith(added: readonly ByteText[]): Fault {
  const names = added.filter((name) => PLAIN_NAME.test(name)).slice(0, 5)
  const named = names.length === 0 ? 'the names of your own URL' : names.map((name) => `"${name}"`).join(', ')
  return {
    cause: 'merged_parameters',
    remedy: `the set holds parameters that the platform did not sign: where they stand in the query of your notification URL, add ${named} to "ignoredQueryParameters" of the account; where query and body were merged, ${UNCHANGED}`,
  }
}
