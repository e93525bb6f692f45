import { randomInt } from 'node:crypto'
import type { Bench } from '../bench.ts'
import { leaky, subjects, type Subject } from '../reference/signature-subjects.ts'
import { median, percentile, welchT } from '../statistics.ts'
import type { Measured } from './side-by-side.ts'

/** Whether the time of a refusal tells how much of a signature was right: a forger must not find it digit by digit. */
export const measureSignatureTiming = async ({ options, tell }: Bench): Promise<Measured> => {
  const seconds = Math.min(SECONDS_MAX, options.seconds)
  const rows = [...subjects(), leaky()].map((subject) => {
    const row = describe(subject.name, timesOf(subject, seconds * 1_000))
    tell(`signature-timing  ${subject.name}: t ${row["Welch's t"].toFixed(2)}`)
    return row
  })
  return {
    name: 'signature-timing',
    what: 'time to refuse a signature wrong in its first digit, against one wrong in its last',
    rounds: [],
    settings: {},
    tables: [{ title: `nanoseconds; above |t| = ${TELLING_T} the two can be told apart`, rows }],
  }
}

/** For each subject; the whole measurement ends within half a minute. */
const SECONDS_MAX = 5
const SAMPLES_MAX = 1_000_000
/** Until the code is compiled. */
const WARM_UP = 20_000
/** What "dude, is my code constant time?" (Reparaz, Balasch, Verbauwhede 2017) takes for evidence. */
const TELLING_T = 4.5
/** Slower than this share of all is garbage collection and other processes: it buries what there is to see. */
const CROPPED_AT = 0.95

interface Times {
  first: Float64Array
  last: Float64Array
}

/** Both kinds in one run, in random order: what disturbs the machine disturbs both alike. */
function timesOf(subject: Subject, ms: number): Times {
  const times = { first: new Float64Array(SAMPLES_MAX), last: new Float64Array(SAMPLES_MAX) }
  const counts = { first: 0, last: 0 }
  for (let turn = 0; turn < WARM_UP; turn += 1) timeOf(subject, turn % 2 === 0 ? 'first' : 'last')
  const end = performance.now() + ms
  while (performance.now() < end && Math.max(counts.first, counts.last) < SAMPLES_MAX) {
    const wrong = randomInt(2) === 0 ? 'first' : 'last'
    times[wrong][counts[wrong]] = timeOf(subject, wrong)
    counts[wrong] += 1
  }
  return { first: times.first.subarray(0, counts.first), last: times.last.subarray(0, counts.last) }
}

function timeOf({ prepare, refuse }: Subject, wrong: 'first' | 'last'): number {
  prepare(wrong)
  const startedAt = process.hrtime.bigint()
  const isRefused = refuse()
  const took = process.hrtime.bigint() - startedAt
  if (!isRefused) throw new Error('a wrong signature was taken for a true one')
  return Number(took)
}

function describe(subject: string, { first, last }: Times) {
  const limit = percentile(Float64Array.from([...first, ...last]).sort(), CROPPED_AT)
  const early = first.filter((time) => time <= limit)
  const late = last.filter((time) => time <= limit)
  const t = welchT(early, late)
  return {
    subject,
    refusals: first.length + last.length,
    'first wrong, median': median([...early]),
    'last wrong, median': median([...late]),
    "Welch's t": t,
    'told apart': Math.abs(t) > TELLING_T ? 'yes' : 'no',
  }
}
