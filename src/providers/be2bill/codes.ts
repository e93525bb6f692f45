import type { Reason } from '../../domain/event/transaction-event.ts'
import type { ReasonCategory, RetryAdvice } from '../../domain/event/vocabulary.ts'

/**
 * The platform's EXECCODEs as data. Meanings come from its published lists; category, finality and retry advice are
 * this project's reading of them (README.md says which is which).
 */
export interface ExecCode {
  readonly code: string
  readonly meaning: string
  readonly category: ReasonCategory | null
  readonly retry: RetryAdvice | null
  /** False: another message about the same operation will follow. */
  readonly final: boolean
}

/** Outcome that a code states, the same for every operation. */
export type Outcome =
  'done' | 'action_required' | 'pending' | 'declined' | 'not_processed' | 'failed' | 'unrecognized'

type Row = readonly [
  code: string,
  meaning: string,
  category: ReasonCategory | null,
  retry: RetryAdvice | null,
  final?: boolean,
]

const ROWS: readonly Row[] = [
  ['0000', 'done', null, null],
  ['0001', 'the holder has to pass 3-D Secure', null, null, false],
  ['0002', 'the holder has to continue at another payment method', null, null, false],
  ['0003', 'in progress, the result follows', null, null, false],
  ['0004', 'accepted in part', null, null],
  ['1001', 'a mandatory parameter is missing', 'merchant_error', 'after_fix'],
  ['1002', 'a parameter is invalid', 'merchant_error', 'after_fix'],
  ['1003', 'the request hash is wrong', 'merchant_error', 'after_fix'],
  ['1004', 'protocol not supported', 'merchant_error', 'after_fix'],
  ['1005', 'malformed request', 'merchant_error', 'after_fix'],
  ['1006', 'parameters may not travel by GET', 'merchant_error', 'after_fix'],
  ['1007', 'the cart does not add up to the amount', 'merchant_error', 'after_fix'],
  ['2001', 'alias not found', 'merchant_error', 'after_fix'],
  // The 2013 list gives the next three in another order: one advice for all of them.
  ['2002', 'reference not usable: not found', 'merchant_error', 'after_fix'],
  ['2003', 'reference not usable: did not succeed', 'merchant_error', 'after_fix'],
  ['2004', 'reference not usable: not refundable', 'merchant_error', 'after_fix'],
  ['2005', 'the authorization cannot be captured', 'merchant_error', 'never'],
  ['2006', 'the reference is not finished yet', 'merchant_error', 'later'],
  ['2007', 'capture amount not possible', 'merchant_error', 'after_fix'],
  ['2008', 'refund amount not possible', 'merchant_error', 'after_fix'],
  ['2009', 'the authorization has expired', 'merchant_error', 'never'],
  ['2010', 'schedule not found', 'merchant_error', 'after_fix'],
  ['2011', 'schedule already interrupted', 'merchant_error', 'never'],
  ['2012', 'schedule already complete', 'merchant_error', 'never'],
  ['2013', 'file not found', 'merchant_error', 'after_fix'],
  ['2014', 'file not valid', 'merchant_error', 'after_fix'],
  ['2015', 'the transaction cannot be voided', 'merchant_error', 'never'],
  ['2016', 'the resource exists already', 'merchant_error', 'after_fix'],
  ['2017', 'not available yet, or edited by someone else at the same time', 'merchant_error', 'later'],
  ['2018', 'hosted-fields token unknown or expired', 'merchant_error', 'after_fix'],
  ['2019', 'void amount not possible', 'merchant_error', 'after_fix'],
  ['2020', 'alias expired', 'merchant_error', 'after_fix'],
  ['3001', 'account disabled', 'configuration', 'after_fix'],
  ['3002', 'server address not authorised', 'configuration', 'after_fix'],
  ['3003', 'operation not permitted on this account', 'configuration', 'after_fix'],
  ['3004', 'too many requests', 'configuration', 'later'],
  ['4001', 'declined by the bank network', 'soft_decline', 'later'],
  ['4002', 'insufficient funds', 'soft_decline', 'later'],
  ['4003', 'card declined by its network', 'hard_decline', 'never'],
  ['4004', 'abandoned by the holder', 'abandoned', 'later'],
  ['4005', 'suspicion of fraud', 'hard_decline', 'never'],
  ['4006', 'card lost', 'hard_decline', 'never'],
  ['4007', 'card stolen', 'hard_decline', 'never'],
  ['4008', '3-D Secure authentication failed', 'authentication', 'with_authentication'],
  ['4009', '3-D Secure authentication expired or abandoned', 'abandoned', 'later'],
  ['4010', 'invalid transaction', 'hard_decline', 'never'],
  ['4011', 'the same transaction was sent twice', 'hard_decline', 'never'],
  ['4012', 'card data not valid', 'hard_decline', 'after_fix'],
  ['4013', 'not permitted to this holder', 'hard_decline', 'never'],
  ['4014', 'card not enrolled in 3-D Secure', 'authentication', 'never'],
  ['4015', 'the transaction expired', 'abandoned', 'later'],
  ['4016', 'declined by the terminal', 'hard_decline', 'never'],
  ['4017', 'the payment form expired', 'abandoned', 'after_fix'],
  ['4018', 'the holder revoked the recurring agreement', 'hard_decline', 'never'],
  ['4019', 'the issuer will refuse this card again', 'hard_decline', 'never'],
  ['4020', 'the issuer wants strong authentication', 'soft_decline', 'with_authentication'],
  ['4021', 'operation not allowed or not supported', 'hard_decline', 'never'],
  ['5001', 'exchange with the bank failed', 'technical', 'later'],
  ['5002', 'bank network error', 'technical', 'later'],
  ['5003', 'platform in maintenance', 'technical', 'later'],
  // The bank may have accepted. A second call before its answer arrives could charge twice.
  ['5004', 'the bank did not answer in time, the result follows', 'technical', 'never', false],
  ['5005', '3-D Secure module error', 'technical', 'later'],
  // No source advises a retry here, and the bank has answered.
  ['5006', 'unexpected answer of the bank', 'technical', 'never'],
  ['6001', 'declined by the merchant', 'risk', 'never'],
  ['6002', 'declined by risk control', 'risk', 'never'],
  ['6003', 'the holder has disputed a payment before', 'risk', 'never'],
  ['6004', "declined by the merchant's or the platform's rules", 'risk', 'never'],
  ['6005', 'not enrolled, or 3-D Secure unavailable', 'risk', 'never'],
  ['6006', 'payment method blocked', 'risk', 'never'],
  ['6007', 'prohibited by the card networks', 'risk', 'never'],
  ['6008', 'the holder has declared a fraud before', 'risk', 'never'],
]

/** All catalogued codes by their four digits. */
export const EXEC_CODES: ReadonlyMap<string, ExecCode> = new Map(
  ROWS.map(([code, meaning, category, retry, final = true]) => [
    code,
    { code, meaning, category, retry, final },
  ]),
)

/** Codes whose first digit does not tell their outcome; 0004 may be money of unknown extent. */
const SPECIAL_OUTCOMES: ReadonlyMap<string, Outcome> = new Map([
  ['0000', 'done'],
  ['0001', 'action_required'],
  ['0002', 'action_required'],
  ['0003', 'pending'],
  ['0004', 'unrecognized'],
  ['5004', 'pending'],
])

const OUTCOME_BY_DIGIT: ReadonlyMap<string, Outcome> = new Map([
  ['1', 'not_processed'],
  ['2', 'not_processed'],
  ['3', 'not_processed'],
  ['4', 'declined'],
  ['6', 'declined'],
])

/**
 * Outcome of a code, known or not. The catalogue is open-ended: a new 1–3 was refused before processing, a new 4 or 6
 * is a refusal, a new 0 or 5 may have moved money and therefore stays `unrecognized`. Text other than four digits is no code.
 */
export function outcomeOf(code: string): Outcome {
  const special = SPECIAL_OUTCOMES.get(code)
  if (special) return special
  if (!/^\d{4}$/.test(code)) return 'unrecognized'
  const byDigit = OUTCOME_BY_DIGIT.get(code.charAt(0))
  return byDigit ?? (code.startsWith('5') && EXEC_CODES.has(code) ? 'failed' : 'unrecognized')
}

const CATEGORY_BY_DIGIT: ReadonlyMap<string, ReasonCategory> = new Map([
  ['1', 'merchant_error'],
  ['2', 'merchant_error'],
  ['3', 'configuration'],
  ['4', 'hard_decline'],
  ['5', 'technical'],
  ['6', 'risk'],
])

/**
 * Why an operation did not (yet) succeed; null for success and progress. The message is the catalogue's: the
 * platform's own depends on the language. Unknown codes never invite a retry.
 */
export function reasonOf(code: string): Reason | null {
  if (!/^[1-6]\d{3}$/.test(code)) return null
  const known = EXEC_CODES.get(code)
  if (known) return { code, message: known.meaning, category: known.category, retry: known.retry }
  return { code, message: null, category: CATEGORY_BY_DIGIT.get(code.charAt(0)) ?? null, retry: 'never' }
}
