import { plainName } from './plain-name.ts'
import { dialectOf } from './dialect.ts'
import { eraseMembers } from './embedded-members.ts'
import { Eraser, eraseValue } from './eraser.ts'
import { fieldOf, FoundFields, type Field } from './fields.ts'
import { lookThrough } from './marks.ts'
import { erase, ruleFor, sameName, type Treatment } from './rules.ts'
import { scrub } from './scrub.ts'
import type { Identifiers } from './identifiers.ts'
import { memoizeByName } from '../lib/memoize.ts'

/** How a name ends that tells a person, or a secret, in either provider's words; without case, `_` and `-`. */
const PERSONAL =
  /(?:^name|holder|holdername|bic|mail|msisdn|phone|telephone|mobile|firstname|lastname|fullname|surname|birthdate|dateofbirth|street|address\d?|zipcode|postcode|postalcode|city|gender|password|passphrase|secret|fingerprint|deviceid|clientip|remoteip|forwardurl|user)$/

/**
 * What people are shown of a stored message: all but what a card, a person or a secret is told by. The text keeps its encoding and its
 * structure. `asReceived`: nothing of it was overwritten before it was stored.
 */
export function redact(
  content: Buffer,
  { identifiers, asReceived }: { identifiers: Identifiers; asReceived: boolean },
): Buffer {
  // Ids that were replaced already would be replaced once more.
  return withoutPersonalFields(
    asReceived ? scrub(content, { identifiers }).content : withoutCardData(content),
  )
}

function withoutCardData(content: Buffer): Buffer {
  const eraser = new Eraser(content)
  erase(eraser, lookThrough(eraser.text, eraser.family))
  return eraser.result().content
}

function withoutPersonalFields(content: Buffer): Buffer {
  const eraser = new Eraser(content)
  const { text, family } = eraser
  const marks = lookThrough(text, family)
  const dialect = dialectOf(text, family)
  const found = new FoundFields(text, dialect.mayHoldJson, { treats: shownFieldOf })
  dialect.visit(text, marks, found)
  for (const { field, start, end } of found.named)
    if (field.stored !== 'keep') eraseValue(eraser, field.name, field.stored, [start, end])
  eraseMembers(eraser, marks.quotes, treatmentOf)
  return eraser.result().content
}

/** What may not enter an event is not shown either. Any part of a name decides: below an address everything tells a person. */
const treatmentOf = memoizeByName((name): Treatment => {
  const rule = ruleFor(name)
  if (rule?.stored === 'mask') return 'mask'
  if (rule?.inEvents === false) return 'overwrite'
  const parts = plainName(name).split(/[[\].]+/)
  return parts.some((part) => PERSONAL.test(sameName(part))) ? 'overwrite' : 'keep'
})

const shownFieldOf = memoizeByName((written): Field => ({
  ...fieldOf(written),
  stored: treatmentOf(written),
}))
