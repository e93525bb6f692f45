import type { Command } from 'commander'
import { ConfigurationError } from '../config/settings.ts'

/** What all commands share: text for people, JSON for programs, an exit code for both. */

/** The outcome of a command. `text` is printed for people, `json` with --json. */
export interface Outcome {
  ok: boolean
  text: string
  json: object
  /** Instead of 0 for a command that did what it was asked, and found something. */
  exitCode?: number
  /** The command has written its result itself: this is printed beside it. */
  aside?: true
}

export interface Streams {
  out: (text: string) => void
  err: (text: string) => void
  /** Part of a result that may be large, as it is; resolves once its reader has taken it. */
  data: (text: string) => Promise<void>
}

/** Run a command's work and print what came out; resolves with the exit code. Failures are printed, never thrown. */
export async function conclude(
  work: () => Promise<Outcome>,
  json: boolean,
  { out, err }: Streams,
  failureCode = 1,
): Promise<number> {
  const outcome = await work().catch(failed)
  if (json) (outcome.aside ? err : out)(JSON.stringify({ ok: outcome.ok, ...outcome.json }))
  else (outcome.ok && !outcome.aside ? out : err)(outcome.text)
  return outcome.exitCode ?? (outcome.ok ? 0 : failureCode)
}

/** A message for what the operator can mend. For the stack of a defect they set NODE_OPTIONS or read the log. */
function failed(error: unknown): Outcome {
  if (error instanceof ConfigurationError) {
    return { ok: false, text: error.message, json: { problems: error.problems } }
  }
  const message = messageOf(error)
  return { ok: false, text: message, json: { problems: [message] } }
}

/** `fetch failed` and an AggregateError say nothing by themselves; their cause does. */
export function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const parts =
    error instanceof AggregateError ? error.errors : error.cause === undefined ? [] : [error.cause]
  const [cause] = parts as unknown[]
  const own = error.message === '' ? error.name : error.message
  return cause instanceof Error ? `${own}: ${messageOf(cause)}` : own
}

/** The options that every command has. */
export function withSharedOptions(command: Command): Command {
  return command.option('--json', 'print JSON instead of text').showHelpAfterError('(--help shows how)')
}

/** What --help ends with: examples, and what the exit code says. */
export const helpOf = (examples: readonly string[], codes: string): string =>
  `\nExample:\n${examples.map((example) => `  npm run receiver -- ${example}`).join('\n')}\n\nExit codes: ${codes}.`
