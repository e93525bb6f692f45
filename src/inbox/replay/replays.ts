import { isDeepStrictEqual } from 'node:util'
import { validate as isUuid } from 'uuid'
import { AppError } from '../../lib/errors.ts'
import type { Services } from '../../services.ts'
import { rehearse, type Rehearsal } from './rehearse.ts'
import { choiceOf, inStoredWords, planMark, versionsOf, type Plan } from './choice.ts'
import type { Choice, Replay, ReplayFilter, ReplayStore, Survey } from './stores.ts'

/** Replays as operators ask for them: planned by a dry run, then begun; the replayer does the work. */
export interface Replays {
  /** What a replay would do; nothing is changed. Throws `unknown_message` for an id that cannot be replayed. */
  plan(filter: ReplayFilter, options: PlanOptions): Promise<ReplayPlan>
  /** Begin what was planned. Throws `plan_outdated` when that would replay something else now, `invalid_request`. */
  apply(plan: Plan, request: ReplayRequest): Promise<Replay>
  /** Begin the replay of what the filter chooses now. Throws `unknown_message`. */
  begin(filter: ReplayFilter, actor: string): Promise<Replay>
  /** Throws `unknown_replay`. */
  find(id: string): Promise<Replay>
}

export interface PlanOptions {
  /** The dry run tries so many messages at most. */
  tryMax: number
  onProgress?: (tried: number) => void
}

export interface ReplayRequest {
  actor: string
  /** Which messages the caller means; the plan must be of these. Left out, the plan alone says it. */
  filter?: ReplayFilter | undefined
}

export interface ReplayPlan extends Rehearsal {
  plan: Plan
  /** How many messages it chooses. */
  messages: number
  /** How many of them the dry run tried: it says nothing of the others. */
  tried: number
}

export type ReplayServices = Services<{ replays: ReplayStore }>

export function createReplays(services: ReplayServices): Replays {
  return {
    plan: async (filter, options) => plan(services, filter, options),
    apply: async (planned, request) => apply(services, planned, request),
    begin: async (filter, actor) => {
      const choice = choiceOf(services, filter)
      return begin(services, choice, actor)
    },
    find: async (id) => {
      const replay = isUuid(id) ? await services.stores.replays.find(id) : null
      return replay ?? unknownReplay()
    },
  }
}

const unknownReplay = (): never => {
  throw new AppError('unknown_replay', 'id: use the id that applying a plan answered')
}

async function plan(
  services: ReplayServices,
  filter: ReplayFilter,
  { tryMax, onProgress }: PlanOptions,
): Promise<ReplayPlan> {
  const choice = choiceOf(services, filter)
  const { messages, digest } = await surveyed(services, choice)
  const inboxIds = await chosenIds(services, choice, tryMax)
  const rehearsal = await rehearse(services, { inboxIds, choice }, onProgress)
  return { plan: { ...choice, digest }, messages, tried: inboxIds.length, ...rehearsal }
}

/** How many messages it chooses, and which. */
async function surveyed({ stores }: ReplayServices, choice: Choice): Promise<Survey> {
  const { id } = choice.filter
  const survey = id === undefined || isUuid(id) ? await stores.replays.survey(choice) : NONE
  if (id !== undefined && survey.messages === 0)
    throw new AppError(
      'unknown_message',
      'id: use the id of a message that was processed or parked; what is pending is translated anyway, what is quarantined never was',
    )
  return survey
}

const NONE: Survey = { messages: 0, digest: '' }

const PAGE = 1_000
/** Before all ids. */
const FIRST = '00000000-0000-0000-0000-000000000000'

async function chosenIds({ stores }: ReplayServices, choice: Choice, max: number): Promise<string[]> {
  const chosen: string[] = []
  for (let after: string | null = FIRST; after !== null && chosen.length < max;) {
    const page = await stores.replays.choose(choice, after, Math.min(PAGE, max - chosen.length))
    chosen.push(...page.inboxIds)
    after = page.end
  }
  return chosen
}

async function apply(
  services: ReplayServices,
  planned: Plan,
  { actor, filter }: ReplayRequest,
): Promise<Replay> {
  if (filter !== undefined && !isDeepStrictEqual(inStoredWords(services, filter), planned.filter))
    throw new AppError(
      'invalid_request',
      'planId: is that of another filter; leave the filter out, or make the plan again',
    )
  const { messages, digest } = await services.stores.replays.survey(planned)
  if (digest !== planned.digest || !isDeepStrictEqual(planned.versions, versionsOf(services))) outdated()
  return beginPlanned(services, planned, { messages, actor })
}

const outdated = (): never => {
  throw new AppError(
    'plan_outdated',
    'planId: since the dry run, something else came of one of its messages, or another build runs; make the plan again',
  )
}

async function begin(services: ReplayServices, choice: Choice, actor: string): Promise<Replay> {
  const { messages, digest } = await surveyed(services, choice)
  return beginPlanned(services, { ...choice, digest }, { messages, actor })
}

async function beginPlanned(
  { stores, clock, newId }: ReplayServices,
  planned: Plan,
  { messages, actor }: { messages: number; actor: string },
): Promise<Replay> {
  const id = newId()
  const at = clock.now()
  const { filter, until, versions } = planned
  const choice = { filter, until, versions }
  const replay = { id, plan: planMark(planned), choice, actor, messages, begunAt: at.toISOString() }
  const target = { replayId: id, ...targetOf(filter) }
  const entry = {
    id: newId(),
    at,
    actor,
    action: 'replay_messages',
    target,
    count: messages,
    note: null,
  } as const
  return (await stores.replays.begin(replay, entry)) ?? outdated()
}

/** The filter as the audit log keeps it. */
const targetOf = ({ older, ...filter }: ReplayFilter): Record<string, string> => {
  const given = Object.entries(filter).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]],
  )
  return {
    ...(Object.fromEntries(given) as Record<string, string>),
    ...(older === true && { older: 'true' }),
  }
}
