import { dialectOf } from './dialect.ts'
import { Eraser, eraseValue } from './eraser.ts'
import { FoundFields } from './fields.ts'
import type { Identifiers, ReplacedId } from './identifiers.ts'
import { findIds, withEdits } from './kept-ids.ts'
import { lookThrough } from './marks.ts'
import { erase } from './rules.ts'

/** What `scrub` needs beside the content. */
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
 * Replace the ids that may hold card numbers, and overwrite in place all other data that may not be stored: the text keeps its
 * encoding and its structure. Untouched content is returned as the same buffer. Total and linear: it runs on every message.
 */
export function scrub(content: Buffer, options: ScrubOptions): Scrubbed {
  const { content: stored, scrubbed, replaced } = scrubLevel(content, options, LEVELS_MAX)
  return { content: stored, scrubbed, replaced }
}

interface ScrubbedLevel extends Scrubbed {
  /** An id was examined in full, and kept or replaced. */
  decided: boolean
}

function scrubLevel(content: Buffer, options: ScrubOptions, levels: number): ScrubbedLevel {
  const eraser = new Eraser(content)
  const { text, family } = eraser
  const dialect = dialectOf(text, family)
  const marks = lookThrough(text, family)
  const found = new FoundFields(text, dialect.mayHoldJson, options)
  dialect.visit(text, marks, found)
  const { edits, decided, replaced } = findIds(text, found.doubtful, {
    dialect,
    identifiers: options.identifiers,
    within: (json) => (levels === 0 ? null : scrubWithin(json, options, levels - 1)),
  })
  for (const { field, start, end } of found.named)
    if (field.stored !== 'keep') eraseValue(eraser, field.name, field.stored, [start, end])
  erase(eraser, marks, decided)
  const erased = eraser.result()
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
