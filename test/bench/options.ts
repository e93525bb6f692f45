import { Command, InvalidArgumentError } from 'commander'

/** What one looks at after a change: ratios that two machines may compare, in about ten minutes. */
export const FAST = ['ratios', 'paced', 'hot-sets', 'held-snapshot', 'repetitions'] as const

export const MEASUREMENTS = [
  'accept',
  'pipeline',
  'latency',
  'roles',
  'workers',
  'memory',
  'growth',
  'forgeries',
  'writing',
  'signature-timing',
  'reading-xml',
  'scrubbing',
  ...FAST,
] as const
export type MeasurementName = (typeof MEASUREMENTS)[number]

const SENDS_NOTHING: readonly MeasurementName[] = ['signature-timing', 'reading-xml', 'scrubbing']

export interface Options {
  only: readonly MeasurementName[]
  rounds: number
  /** Of each run, beside its warm-up. */
  seconds: number
  warmUpSeconds: number
  /** Signed ahead of time; a run that has sent all of them ends early. */
  messages: number
  connections: number
  pgbenchClients: number
  /** The sender holds back while this many messages are acknowledged but not processed. */
  backlog: number
  /** Messages per second of the latency measurement; undefined: half of what is sustained. */
  load: number | undefined
  /** Payments that the databases of the growth measurement hold before. */
  transactions: readonly number[]
  withoutPgbench: boolean
  /** Folder for CPU profiles of the service. */
  profile: string | undefined
  json: string | undefined
  /** Settings of PostgreSQL beside its defaults. */
  set: Readonly<Record<string, string>>
}

/** Twice as fast as anything measured so far on two cores; a faster machine says `--messages`. */
const MESSAGES_PER_SECOND = 30_000

/** What memory is watched over. */
const MEMORY_MESSAGES = 1_000_000

const FULL = {
  only: MEASUREMENTS.slice(0, 3),
  rounds: 5,
  seconds: 25,
  warmUpSeconds: 3,
  connections: 64,
  pgbenchClients: 32,
  backlog: 2_000,
  load: undefined,
  transactions: [0, 1_000_000, 5_000_000],
  withoutPgbench: false,
  profile: undefined,
  json: undefined,
  set: {},
}

/** Of `--only fast`. The floor takes the most messages: 10,000 a second and more. */
const SHORT = { rounds: 3, seconds: 8, messages: 200_000 }

/** Does it work at all? */
const QUICK = { rounds: 1, seconds: 1, warmUpSeconds: 0.3, messages: 6_000 }

/** Read the command line; prints help or what is wrong and ends the process. */
export function readOptions(args: readonly string[]): Options {
  const given = command().parse(args, { from: 'user' }).opts<Partial<Options> & { quick?: boolean }>()
  const isFast = given.only?.some((name) => (FAST as readonly string[]).includes(name)) === true
  const chosen = { ...FULL, ...(isFast ? SHORT : {}), ...(given.quick === true ? QUICK : {}), ...given }
  const { seconds, warmUpSeconds } = chosen
  // A database that stays needs other messages in every round.
  const runs = chosen.only.includes('growth') ? chosen.rounds : 1
  const sends = chosen.only.some((name) => !SENDS_NOTHING.includes(name))
  const needed = sends ? Math.ceil(runs * (seconds + warmUpSeconds) * MESSAGES_PER_SECOND) : 0
  return { messages: chosen.only.includes('memory') ? Math.max(needed, MEMORY_MESSAGES) : needed, ...chosen }
}

const command = (): Command =>
  new Command('bench')
    .description('Measure the service side by side with its references, on a PostgreSQL of its own.')
    .option(
      '--only <names>',
      `measurements, comma-separated: ${MEASUREMENTS.join(', ')} (the first three); fast: ${FAST.join(', ')}`,
      names,
    )
    .option('--rounds <n>', 'rounds of every measurement (5)', positive)
    .option('--seconds <n>', 'length of every run (25)', positive)
    .option('--messages <n>', 'how many messages are signed ahead of time', positive)
    .option('--connections <n>', 'connections that send (64)', positive)
    .option('--pgbench-clients <n>', 'connections of pgbench (32)', positive)
    .option('--backlog <n>', 'hold back while more messages than that wait to be processed (2000)', positive)
    .option('--load <n>', 'messages per second for latency (half of what is sustained)', positive)
    .option('--transactions <list>', 'sizes for growth, comma-separated (0,1000000,5000000)', sizes)
    .option('--set <name=value>', 'a setting of PostgreSQL, repeatable', setting)
    .option('--profile <folder>', 'write CPU profiles of the service there; they cost speed')
    .option('--without-pgbench', 'leave reference A out')
    .option('--json <file>', 'write everything that was measured as JSON')
    .option('--quick', 'a second per run, one round: does it work at all?')

function names(text: string): MeasurementName[] {
  const wanted = text.split(',').flatMap((name) => (name.trim() === 'fast' ? FAST : name.trim()))
  const unknown = wanted.filter((name) => !(MEASUREMENTS as readonly string[]).includes(name))
  if (unknown.length > 0) throw new InvalidArgumentError(`there is no ${unknown.join(', ')}`)
  return wanted as MeasurementName[]
}

function sizes(text: string): number[] {
  const values = text.split(',').map(Number)
  if (!values.every((value) => Number.isInteger(value) && value >= 0)) {
    throw new InvalidArgumentError('must be whole numbers with commas between')
  }
  return values
}

function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0')
  return value
}

function setting(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value] = /^(\w+)=(.*)$/.exec(text) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('must be name=value')
  return { ...before, [name]: value }
}
