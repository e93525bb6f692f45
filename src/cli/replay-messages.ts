import { setTimeout as sleep } from 'node:timers/promises'
import { withServices } from '../compose/database.ts'
import { replayOptions } from '../compose/workers.ts'
import type { Environment } from '../config/settings.ts'
import type { Change } from '../inbox/replay/rehearse.ts'
import { createReplays, type ReplayPlan, type ReplayServices } from '../inbox/replay/replays.ts'
import type { Replay, ReplayFilter, Staying } from '../inbox/replay/stores.ts'
import { createPollLoop } from '../lib/poll-loop.ts'
import { loadCommandSettings, readAccountsFile } from './accounts-file.ts'
import { commandActor } from './actor.ts'
import { messageOf, type Outcome, type Streams } from './command-line.ts'

/** `replay` of messages that were processed or parked: translated again. */
export interface ReplayedMessages {
  id?: string
  state?: 'parked' | 'processed' | 'duplicate'
  reason?: string
  older?: boolean
  provider?: string
  account?: string
  from?: Date
  to?: Date
  dryRun?: boolean
  yes?: boolean
  accounts?: string
}

interface Run extends ReplayedMessages {
  environment: Environment
  streams: Pick<Streams, 'err'>
}

export function filterOf(options: ReplayedMessages): ReplayFilter {
  const { id, state, reason, older, provider, account, from, to } = options
  const times = { from: from?.toISOString(), to: to?.toISOString() }
  const given = { id, state, reason, provider, account, ...times, older: older === true ? true : undefined }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
}

/** What is parked states nothing yet: its replay takes nothing back, and needs no word of consent. */
const onlyAdds = ({ state, reason }: ReplayFilter): boolean => state === 'parked' || reason !== undefined

export async function replayMessages(
  filter: ReplayFilter,
  { dryRun = false, yes = false, accounts: file, environment, streams }: Run,
): Promise<Outcome> {
  const { accounts } = readAccountsFile(file, environment)
  const onLine = (line: string): void => {
    streams.err(line.trimEnd())
  }
  return withServices(loadCommandSettings(environment), { accounts, onLine }, async (services) => {
    if (dryRun || !(yes || onlyAdds(filter))) {
      const shown = await rehearse(services, filter, streams)
      return dryRun ? shown : unconfirmed(shown)
    }
    return outcomeOf(await carryOut(services, filter, streams))
  })
}

async function rehearse(
  services: ReplayServices,
  filter: ReplayFilter,
  { err }: Run['streams'],
): Promise<Outcome> {
  const { plan: _plan, ...shown } = await createReplays(services).plan(filter, {
    tryMax: Infinity,
    onProgress: (tried) => {
      err(`${tried} tried …`)
    },
  })
  const json = { ...shown, changes: shown.changes.map(shownChange) }
  return { ok: true, text: describePlan(shown).join('\n'), json }
}

const unconfirmed = ({ text, json }: Outcome): Outcome => ({
  ...{ ok: false, exitCode: 2, json },
  text: `${text}\nNothing was changed: with --yes it is done.`,
})

/** Until it has ended, here or in a worker of the service; each takes the batches that the other one has not taken. */
async function carryOut(
  services: ReplayServices,
  filter: ReplayFilter,
  { err }: Run['streams'],
): Promise<Replay> {
  const replays = createReplays(services)
  const { id } = await replays.begin(filter, commandActor())
  const loop = createPollLoop({
    ...replayOptions(services),
    clock: services.clock,
    onError: (error) => {
      err(`interrupted, it goes on: ${messageOf(error)}`)
    },
  })
  loop.start()
  try {
    let shown = -1
    for (;;) {
      const replay = await replays.find(id)
      if (replay.endedAt !== null) return replay
      const done = replay.replayed + sumOf(replay.staying)
      if (done > shown) err(`${done} of ${replay.messages} done …`)
      shown = done
      await sleep(LOOK_MS)
    }
  } finally {
    await loop.stop()
  }
}

/** How often progress is looked at. */
const LOOK_MS = 200

const sumOf = (staying: Staying): number => Object.values(staying).reduce((sum, count) => sum + count, 0)

function outcomeOf({ choice, ...replay }: Replay): Outcome {
  const { replayed, staying } = replay
  return {
    ok: (staying.failed ?? 0) === 0,
    text: [`${replayed} messages replayed.`, ...describeStaying(staying, 'count as before')].join('\n'),
    json: { ...replay, filter: choice.filter },
  }
}

const describeStaying = (staying: Staying, what: string): string[] =>
  Object.entries(staying).map(([reason, count]) => `${count} ${what}: ${reason}.`)

function describePlan({ messages, staying, changes }: Omit<ReplayPlan, 'plan'>): string[] {
  return [
    `${messages} messages would be replayed; ${changes.length} payments and orders would change.`,
    ...describeStaying(staying, 'would count as before'),
    ...changes.map(describeChange),
  ]
}

function describeChange({ kind, provider, account, id, before, after }: Change): string {
  const subject = `${kind} ${provider}/${account}/${id}`
  if (after === null) return `${subject}: would not exist`
  const parts = Object.entries(after)
    .filter(([name, value]) => JSON.stringify(before?.[name]) !== JSON.stringify(value))
    .map(([name, value]) => `${name} ${JSON.stringify(before?.[name] ?? null)} → ${JSON.stringify(value)}`)
  return `${subject}: ${parts.join(', ')}`
}

const shownChange = ({ id, ...change }: Change): object => ({
  ...change,
  ...(change.kind === 'transaction' ? { reference: id } : { orderId: id }),
})
