import type { Fault } from './explanation.ts'

/** A text as it may have been before something changed it. One character stands for one byte. */
export interface Reading {
  text: string
  faults: readonly Fault[]
}

/** A change that a message may have met on its way, and how to undo it. */
export interface Change extends Fault {
  undo: (text: string) => string
}

/** The text with each of these changes undone by itself; those that it cannot have met are left out. */
export function undone({ text, faults }: Reading, changes: readonly Change[]): Reading[] {
  return changes.flatMap(({ undo, cause, remedy }) => {
    const before = undo(text)
    return before === text ? [] : [{ text: before, faults: [{ cause, remedy }, ...faults] }]
  })
}

const ESCAPED: Change = {
  cause: 'html_escaped_body',
  remedy:
    'the body is HTML-escaped (&amp; instead of &), as a back office shows it: unescape what you pasted; if it arrived like this, let the proxy or framework in front pass the bytes on unchanged',
  undo: withoutEntities,
}

const BREAK_ADDED: Change = {
  cause: 'body_newline',
  remedy:
    'the line break at the end of the body was not signed: save the file without it; if it arrived like this, let the proxy or framework in front pass the bytes on unchanged',
  undo: withoutLastBreak,
}

/** The text as it is, and without what copying it from a back office or saving it by an editor does to it. */
export function pastedReadings(text: string): Reading[] {
  const asGiven = { text, faults: [] }
  const stripped = undone(asGiven, [BREAK_ADDED])
  return [asGiven, ...stripped, ...[asGiven, ...stripped].flatMap((one) => undone(one, [ESCAPED]))]
}

/** Line breaks that editors, shells and frameworks add, drop or convert. The one at the end is of `pastedReadings`. */
export const BREAK_CHANGES: readonly Change[] = [
  ['without its line breaks at the end', withoutLastBreaks],
  ['with a line break (LF) at its end', (text: string) => `${text}\n`],
  ['with a line break (CR LF) at its end', (text: string) => `${text}\r\n`],
  ['with LF where it has CR LF now', (text: string) => text.replaceAll('\r\n', '\n')],
  ['with CR LF where it has LF now', (text: string) => text.replaceAll(/\r?\n/g, '\r\n')],
].map(([signed, undo]) => ({
  cause: 'body_newline' as const,
  remedy: `the body was signed ${signed as string}: let the proxy, framework or editor in front pass the bytes on unchanged`,
  undo: undo as Change['undo'],
}))

function withoutLastBreak(text: string): string {
  if (text.endsWith('\r\n')) return text.slice(0, -2)
  return text.endsWith('\n') ? text.slice(0, -1) : text
}

/** By hand: `trimEnd` takes byte A0 for a blank, which may be the last one of a letter. */
function withoutLastBreaks(text: string): string {
  let end = text.length
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end -= 1
  return text.slice(0, end)
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** What `htmlspecialchars` and templates escape, once; any other entity stays as it is. */
export function withoutEntities(text: string): string {
  return text.replaceAll(
    /&(?:(amp|lt|gt|quot|apos)|#0*(3[489]|6[02])|#x0*(2[267]|3[ce]));/gi,
    (_entity, name?: string, decimal?: string, hexadecimal?: string) => {
      if (name !== undefined) return ENTITIES[name.toLowerCase()] ?? ''
      return String.fromCharCode(decimal === undefined ? parseInt(hexadecimal ?? '', 16) : Number(decimal))
    },
  )
}
