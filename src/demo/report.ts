import { styleText } from 'node:util'
import { majorUnits } from '../cli/sample-notifications.ts'
import type { Belief, TransactionView } from './belief.ts'
import { openClasses, openClassesOf } from './compare.ts'
import type { Act, Performance } from './play.ts'
import type { ExpectedTransaction, Step } from './scenario.ts'

/** What a person at a terminal of a hundred columns reads. Colours only where the stream shows them. */

type Format = Parameters<typeof styleText>[0]

/** Plain on a pipe and under NO_COLOR. */
const paint = (format: Format, text: string): string => styleText(format, text, { stream: process.stdout })

const NUMBER_WIDTH = 4
const REQUEST_WIDTH = 40
const SAYS_WIDTH = 44
const INDENT = ' '.repeat(NUMBER_WIDTH)

/** The story of one scenario: sent, answered, believed. */
export function storyOf({ scenario, acts, belief, differences }: Performance, number: number): string {
  const { order } = scenario.expect
  const lines = [
    `${`${number}.`.padEnd(NUMBER_WIDTH)}${paint('bold', scenario.name)}`,
    INDENT + paint('dim', scenario.sentence),
    ...acts.flatMap((act) => actLines(act)),
    ...scenario.expect.transactions.map((expected, index) =>
      beliefLine(expected.reference, belief.transactions[index] ?? null),
    ),
    ...(scenario.expect.unknown ?? []).map((reference) =>
      beliefLine(belief.known.includes(reference) ? `${reference} exists` : reference, null),
    ),
    ...(order && belief.order
      ? [`${INDENT}= order ${order.orderId}: ${orderWords(belief.order.paid, belief.order.safeToRetry)}`]
      : []),
    ...differences.map((difference) => INDENT + paint('red', `! ${difference}`)),
  ]
  return lines.join('\n')
}

function actLines({ step, request, answers, believed }: Act): string[] {
  const distinct = new Set(answers.map(({ status, body }) => answerWords(status, body)))
  const answered = [...distinct].join(', ') + (answers.length > 1 ? ` (${answers.length})` : '')
  const sent = `${INDENT}> ${request.padEnd(REQUEST_WIDTH)} ${saidBy(step).padEnd(SAYS_WIDTH)} ${answered}`
  return believed === null ? [sent] : [sent, beliefLine(believed.reference, believed)]
}

/** What is sent, and what is unusual about how. */
function saidBy(step: Step): string {
  if (step.send !== 'notification') return step.says
  const { sign = {}, tamper = false, times = 1 } = step
  const notes = [
    sign.encoding === 'xml' && 'XML',
    sign.encoding === 'form' && 'form',
    sign.secretId !== undefined && `secret "${sign.secretId}"`,
    tamper && 'amount forged',
    times > 1 && `${times} times`,
  ].filter((note) => note !== false)
  return [step.says, ...notes].join(', ')
}

/** `OK`, and nothing as long as the JSON of a merchant's call. */
const ACKNOWLEDGEMENT_MAX = 20

function answerWords(status: number, body: string): string {
  const words = status === 200 && body.length <= ACKNOWLEDGEMENT_MAX ? `${status} ${body}` : String(status)
  return paint(status < 300 ? 'green' : 'yellow', words)
}

function beliefLine(reference: string, view: TransactionView | null): string {
  if (view === null) return `${INDENT}= ${reference}: unknown`
  const { status, reconciliation, discrepancies } = view
  const open = openClasses(discrepancies)
  const why = open.length === 0 ? '' : ` (${open.join(', ')})`
  return `${INDENT}= ${reference}: ${paint('cyan', status)}, ${reconciliation}${why} · ${moneyWords(view)}`
}

function moneyWords(view: TransactionView): string {
  const { currency, authorizedTotal, capturedTotal, refundedTotal } = view
  const totals = { authorized: authorizedTotal, captured: capturedTotal, refunded: refundedTotal }
  const words = Object.entries(totals)
    .filter(([, amount]) => amount !== 0)
    .map(([name, amount]) => `${name} ${amount === null ? '?' : majorUnits(amount, currency ?? 'EUR')}`)
  return words.length === 0 ? 'no money' : `${words.join(', ')} ${currency ?? ''}`.trimEnd()
}

const orderWords = (paid: boolean, safeToRetry: boolean): string =>
  `${paid ? 'paid' : 'not paid'}, ${safeToRetry ? 'safe to retry' : 'not safe to retry'}`

const COLUMNS = [
  ['scenario', 25],
  ['transaction', 15],
  ['status', 19],
  ['reconciliation', 22],
  ['discrepancies', 21],
] as const
const VERDICT = 'expected/got'

/** One row per transaction, and under a row that differs what was expected and what was got. */
export function tableOf(performances: readonly Performance[]): string {
  const rule = '─'.repeat(COLUMNS.reduce((sum, [, width]) => sum + width, VERDICT.length))
  const head = COLUMNS.map(([name, width]) => name.padEnd(width)).join('') + VERDICT
  return [paint('bold', head), rule, ...performances.flatMap((played) => rowsOf(played)), rule].join('\n')
}

/** One row per transaction; one row all the same where none came of it. */
function rowsOf(played: Performance): string[] {
  const { scenario, belief, differences } = played
  const same = differences.length === 0
  const verdict = same ? paint('green', 'same') : paint('red', 'DIFFERENT')
  const { transactions, unknown = [] } = scenario.expect
  const rows = [
    ...transactions.map((expected, index) => cellsOf(expected, belief.transactions[index] ?? null, played)),
    ...unknown.map((reference) => [
      reference,
      belief.known.includes(reference) ? 'KNOWN' : 'unknown',
      '-',
      '-',
    ]),
  ]
  const shown = rows.length > 0 ? rows : [['none', '-', '-', classesOf(belief)]]
  return [
    ...shown.map((cells, index) => rowOf([index === 0 ? scenario.name : '', ...cells]) + verdict),
    ...differences.map((difference) => `  ${paint('red', difference)}`),
  ]
}

function cellsOf(
  { reference }: ExpectedTransaction,
  view: TransactionView | null,
  { belief }: Performance,
): string[] {
  if (view === null) return [reference, 'unknown', '-', '-']
  return [reference, view.status, view.reconciliation, classesOf({ ...belief, transactions: [view] })]
}

const classesOf = (belief: Belief): string => openClassesOf(belief).join(' ') || '-'

const rowOf = (cells: readonly string[]): string =>
  COLUMNS.map(([, width], index) => `${cells[index] ?? ''} `.padEnd(width)).join('')
