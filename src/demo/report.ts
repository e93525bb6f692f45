import { styleText } from 'node:util'
import { majorUnits } from '../cli/sample-notifications.ts'
import { openClasses } from './compare.ts'
import { describeInput } from './describe-input.ts'
import type { Played, PlayedInput } from './play.ts'
import type { OrderState, TransactionState } from './state.ts'

/** What a person at a terminal of a hundred columns reads. Colours only where the stream shows them. */

type Format = Parameters<typeof styleText>[0]

/** Plain on a pipe and under NO_COLOR. */
const paint = (format: Format, text: string): string => styleText(format, text, { stream: process.stdout })

const NUMBER_WIDTH = 4
const REQUEST_WIDTH = 40
const INPUT_WIDTH = 44
const INDENT = ' '.repeat(NUMBER_WIDTH)

/** One scenario in full: what was sent, what was answered, the state that followed. */
export function storyOf({ scenario, inputs, state, differences }: Played, number: number): string {
  const lines = [
    `${`${number}.`.padEnd(NUMBER_WIDTH)}${paint('bold', scenario.name)}`,
    INDENT + paint('dim', scenario.sentence),
    ...inputs.flatMap((input) => inputLines(input)),
    ...[...state.transactions].map(([reference, got]) => stateLine(reference, got)),
    ...(state.order ? [orderLine(state.order)] : []),
    ...differences.map((difference) => INDENT + paint('red', `! ${difference}`)),
  ]
  return lines.join('\n')
}

function inputLines({ input, request, answers, interim }: PlayedInput): string[] {
  const distinct = new Set(answers.map(({ status, body }) => answerText(status, body)))
  const answered = [...distinct].join(', ') + (answers.length > 1 ? ` (${answers.length})` : '')
  const stated = describeInput(input).padEnd(INPUT_WIDTH)
  const sent = `${INDENT}> ${request.padEnd(REQUEST_WIDTH)} ${stated} ${answered}`
  return interim === null ? [sent] : [sent, stateLine(interim.reference, interim)]
}

/** `OK`, and nothing as long as the JSON of a merchant's call. */
const ACKNOWLEDGEMENT_MAX = 20

function answerText(status: number, body: string): string {
  const text = status === 200 && body.length <= ACKNOWLEDGEMENT_MAX ? `${status} ${body}` : String(status)
  return paint(status < 300 ? 'green' : 'yellow', text)
}

function stateLine(reference: string, got: TransactionState | null): string {
  if (got === null) return `${INDENT}= ${reference}: unknown`
  const open = openClasses([got])
  const why = open.length === 0 ? '' : ` (${open.join(', ')})`
  return `${INDENT}= ${reference}: ${paint('cyan', got.status)}, ${got.reconciliation}${why} · ${moneyText(got)}`
}

function moneyText(got: TransactionState): string {
  const { currency, authorizedTotal, capturedTotal, refundedTotal } = got
  const totals = { authorized: authorizedTotal, captured: capturedTotal, refunded: refundedTotal }
  const texts = Object.entries(totals)
    .filter(([, amount]) => amount !== 0)
    .map(([name, amount]) => `${name} ${amount === null ? '?' : majorUnits(amount, currency ?? 'EUR')}`)
  return texts.length === 0 ? 'no money' : `${texts.join(', ')} ${currency ?? ''}`.trimEnd()
}

function orderLine({ orderId, paid, safeToRetry }: OrderState): string {
  const retry = safeToRetry ? 'safe to retry' : 'not safe to retry'
  return `${INDENT}= order ${orderId}: ${paid ? 'paid' : 'not paid'}, ${retry}`
}

const COLUMNS = [
  ['scenario', 25],
  ['transaction', 15],
  ['status', 19],
  ['reconciliation', 22],
  ['discrepancies', 21],
] as const
const VERDICT = 'expected/got'

/** One row per transaction, and under a row that differs what was expected and what was got. */
export function tableOf(all: readonly Played[]): string {
  const rule = '─'.repeat(COLUMNS.reduce((sum, [, width]) => sum + width, VERDICT.length))
  const head = COLUMNS.map(([name, width]) => name.padEnd(width)).join('') + VERDICT
  return [paint('bold', head), rule, ...all.flatMap((played) => rowsOf(played)), rule].join('\n')
}

/** One row per transaction; one row all the same where there is none. */
function rowsOf({ scenario, state, differences }: Played): string[] {
  const verdict = differences.length === 0 ? paint('green', 'same') : paint('red', 'DIFFERENT')
  const rows = [...state.transactions].map(([reference, got]) => cellsOf(reference, got, state.order))
  const shown = rows.length > 0 ? rows : [['none', '-', '-', classesOf(state.order)]]
  return [
    ...shown.map((cells, index) => rowOf([index === 0 ? scenario.name : '', ...cells]) + verdict),
    ...differences.map((difference) => `  ${paint('red', difference)}`),
  ]
}

function cellsOf(reference: string, got: TransactionState | null, order: OrderState | null): string[] {
  if (got === null) return [reference, 'unknown', '-', '-']
  return [reference, got.status, got.reconciliation, classesOf(got, order)]
}

const classesOf = (...holders: (TransactionState | OrderState | null)[]): string =>
  openClasses(holders).join(' ') || '-'

const rowOf = (cells: readonly string[]): string =>
  COLUMNS.map(([, width], index) => `${cells[index] ?? ''} `.padEnd(width)).join('')
