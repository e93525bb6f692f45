import { erase, eraseFieldsAlone, ruleFor, sameName } from './rules.ts'
import { dialectOf } from './dialect.ts'
import { Eraser } from './eraser.ts'
import { findIds, withEdits, type Naming } from './kept-ids.ts'
import type { Identifiers, ReplacedId } from './identifiers.ts'
import { memoizeByName } from '../lib/memoize.ts'

/** What `scrub` has to know beside the content. */
export interface ScrubOptions {
  identifiers: Identifiers
  /** Names of further fields that hold ids. */
  alsoIds?: readonly string[]
}

/** What of a message is stored. */
export interface Scrubbed {
  content: Buffer
  /** The fields that were touched, by their names on the wire. */
  scrubbed: string[]
  replaced: ReplacedId[]
}

/** How deeply JSON inside values is read. No real message has more than one level. */
const LEVELS_MAX = 3

/**
 * Replace the ids that may hold card numbers, and overwrite in place whatever else may not be stored: the text keeps its
 * encoding and its structure. Untouched content is returned as the same buffer. Total and linear: it runs on every message.
 */
export function scrub(content: Buffer, options: ScrubOptions): Scrubbed {
  const { content: stored, scrubbed, replaced } = scrubLevel(content, options, LEVELS_MAX)
  return { content: stored, scrubbed, replaced }
}

interface ScrubbedLevel extends Scrubbed {
  /** An id was looked at closely, and stayed or was replaced. */
  decided: boolean
}

function scrubLevel(content: Buffer, options: ScrubOptions, levels: number): ScrubbedLevel {
  const eraser = new Eraser(content)
  const dialect = dialectOf(eraser.text, eraser.family)
  if (dialect.isCertainlyPlain(eraser.text))
    return { ...eraseFieldsAlone(eraser), replaced: [], decided: false }
  const { edits, decided, replaced } = findIds(eraser.text, {
    dialect,
    naming: namingOf(options.alsoIds ?? []),
    identifiers: options.identifiers,
    within: (json) => (levels === 0 ? null : scrubWithin(json, options, levels - 1)),
  })
  eraser.spare(decided)
  const erased = erase(eraser)
  return {
    content: withEdits(erased.content, edits),
    scrubbed: [...new Set([...erased.scrubbed, ...edits.flatMap(({ names }) => names)])],
    replaced,
    decided: decided.length > 0,
  }
}

function scrubWithin(json: string, options: ScrubOptions, levels: number) {
  const { content, scrubbed, replaced, decided } = scrubLevel(Buffer.from(json, 'utf8'), options, levels)
  return decided ? { text: content.toString('utf8'), names: scrubbed, replaced } : null
}

const naming: Naming = memoizeByName((name) => {
  const rule = ruleFor(name)
  return rule?.identifier !== true ? 'text' : rule.list === true ? 'list' : 'id'
})

function namingOf(alsoIds: readonly string[]): Naming {
  if (alsoIds.length === 0) return naming
  const also = new Set(alsoIds.map(sameName))
  return (name) => (also.has(sameName(name)) ? 'id' : naming(name))
}
