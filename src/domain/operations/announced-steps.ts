import type { Expectation } from '../event/evidence.ts'
import { statesCounters } from '../event/meaning.ts'
import { announcedFrom, callInterval, isNotBefore, stepBeginning } from '../identity/call-times.ts'
import type { Times } from '../identity/call-times.ts'
import { amountsFit, isRefusedStep, mayBeOfAnyTime } from './step.ts'
import type { Step } from './step.ts'
import type { StepList } from './step-list.ts'

/** Which announcement belongs to which step. */

/**
 * By operation id, else the first step of a fitting amount without an announcement; else the announcement is a step
 * by itself.
 */
export function joinExpectations(steps: StepList, expectations: readonly Expectation[], times: Times): void {
  const unnamed = new Set(steps.unnamed())
  for (const expectation of expectations) {
    const named = expectation.operationId === null ? [] : steps.named(expectation.operationId)
    const byId = named.find((step) => step.expectation === null && isAnnouncedAs(step, expectation, times))
    const step = byId ?? unnamed.values().find((candidate) => fitsAnnouncement(candidate, expectation, times))
    if (step === undefined) steps.add(`${steps.kind}:expected:${expectation.id}`, [], expectation)
    else {
      step.expectation = expectation
      unnamed.delete(step)
    }
  }
}

/** Registered again under the same name, it announces another step. */
function isAnnouncedAs(step: Step, expectation: Expectation, times: Times): boolean {
  return expectation.saidAt === expectation.createdAt || isMadeSince(step, expectation, times)
}

/** Where the provider echoes operation ids, an announced id that no notification carries announced another step. */
function fitsAnnouncement(step: Step, expectation: Expectation, times: Times): boolean {
  if (!amountsFit(step, expectation.amount)) return false
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
