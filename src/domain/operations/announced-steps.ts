import type { Expectation } from '../event/evidence.ts'
import { statesCounters } from '../event/meaning.ts'
import { announcedFrom, callInterval, isNotBefore, stepBeginning } from '../identity/call-times.ts'
import type { Times } from '../identity/call-times.ts'
import { amountsFit, firstOperationId, isRefusedStep, isUnnamed, mayBeOfAnyTime } from './step.ts'
import type { Step, StepKind } from './step.ts'

/** Which announcement belongs to which step. */

/**
 * By operation id, else the first step of a fitting amount without an announcement; else the announcement is a step
 * by itself.
 */
export function joinExpectations(
  steps: Step[],
  expectations: readonly Expectation[],
  { kind, times }: { kind: StepKind; times: Times },
): void {
  for (const expectation of expectations) {
    const free = steps.filter((step) => step.expectation === null)
    const byId = free.find((step) => isAnnouncedAs(step, expectation, times))
    const step = byId ?? free.find((candidate) => fitsAnnouncement(candidate, expectation, times))
    if (step !== undefined) step.expectation = expectation
    else steps.push({ key: `${kind}:expected:${expectation.id}`, facts: [], expectation })
  }
}

/** Registered again under the same name, it announces another step. */
function isAnnouncedAs(step: Step, expectation: Expectation, times: Times): boolean {
  const { operationId, saidAt, createdAt } = expectation
  if (operationId === null || firstOperationId(step.facts) !== operationId) return false
  return saidAt === createdAt || isMadeSince(step, expectation, times)
}

/** Where the provider echoes operation ids, an announced id that no notification carries announced another step. */
function fitsAnnouncement(step: Step, expectation: Expectation, times: Times): boolean {
  if (!isUnnamed(step) || !amountsFit(step, expectation.amount)) return false
  if (expectation.operationId !== null && step.facts.some(statesCounters)) return false
  return isMadeSince(step, expectation, times)
}

/** A step that was made before the last announcement is not the announced one. */
function isMadeSince({ facts }: Step, expectation: Expectation, times: Times): boolean {
  const from = announcedFrom(expectation)
  const answers = facts.filter((fact) => fact.witness === 'response')
  if (answers.length < facts.length) {
    const began = stepBeginning(facts)
    return (
      isNotBefore(began, from, times.clockSkew) &&
      (!isRefusedStep(facts) || mayBeOfAnyTime(began, facts, times))
    )
  }
  return answers.some((call) => callInterval(call, times).to >= from - times.clockSkew)
}
