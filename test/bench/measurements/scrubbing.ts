import { scrub } from '../../../src/card-data/scrub.ts'
import { IDENTIFIERS } from '../../support/identifiers.ts'
import { repeated, REPEATED } from '../../support/repeated-text.ts'
import type { Bench } from '../bench.ts'
import { median } from '../statistics.ts'
import type { Measured } from './side-by-side.ts'

const SHORT_KIB = 16
const TIMES = 8
/** A cost that grows with the square is eight times as much; what is below three is the machine. */
const LINEAR_MAX = 3
const ROUNDS_EACH = 3
/** Less than this is not measured. */
const NOISE_US = 1_000

/** Whether one long body costs more to scrub than as many bytes in short ones: a sender must not stop the service with it. */
export const measureScrubbing = async ({ options }: Bench): Promise<Measured> => {
  const rows = REPEATED.map((pattern) => rowOf(pattern, ROUNDS_EACH * options.rounds))
  return {
    name: 'scrubbing',
    what: `CPU time to scrub ${TIMES * SHORT_KIB} KiB of one text, in one body against ${TIMES} of ${SHORT_KIB} KiB`,
    rounds: [],
    settings: {},
    tables: [{ title: `medians of the rounds; above ${LINEAR_MAX} it is not linear`, rows }],
    problems: rows.flatMap(({ text, ratio }) =>
      ratio > LINEAR_MAX ? [`${text}: one body costs ${ratio.toFixed(1)} times as much`] : [],
    ),
  }
}

function rowOf(pattern: string, rounds: number) {
  const [short, long] = [bodiesOf(pattern, SHORT_KIB), bodiesOf(pattern, TIMES * SHORT_KIB)]
  // Until the code is compiled.
  microsOf(short, 1)
  const ratios = Array.from(
    { length: rounds },
    () => (microsOf(long, 1) + NOISE_US) / (microsOf(short, TIMES) + NOISE_US),
  )
  return { text: JSON.stringify(pattern), ratio: median(ratios) }
}

/** As a form, as JSON and as XML. */
const bodiesOf = (pattern: string, kibibytes: number): Buffer[] =>
  ['', '{', '<'].map((start) => Buffer.from(start + repeated(pattern, kibibytes)))

function microsOf(bodies: readonly Buffer[], times: number): number {
  const startedAt = process.cpuUsage()
  for (let turn = 0; turn < times; turn += 1)
    for (const body of bodies) scrub(body, { identifiers: IDENTIFIERS })
  return process.cpuUsage(startedAt).user
}
