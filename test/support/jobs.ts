/** One command of a run. */
export interface Job {
  name: string
  command: readonly string[]
  /** Tests are counted from their report; a check passes or fails as a whole. */
  isTest: boolean
  environment?: Readonly<Record<string, string>>
}

/** Stages follow each other. `RUNNERS` take the jobs of a stage in turn, each the next one when its last has ended. */
type Stages = readonly (readonly Job[])[]

/** For two cores. Faults wait for answers within bounds of time, so only one other job may compute beside them. */
export const RUNNERS = 2

const check = (name: string): Job => ({
  name,
  command: ['npm', 'run', '--silent', `check:${name}`],
  isTest: false,
})

const project = (name: string, ...more: string[]): Job => ({
  name,
  command: ['vitest', 'run', '--project', name, ...more],
  isTest: true,
})

/** The domain's own tests must reach every branch of it: they run once, and under that condition. */
const DOMAIN: Job = {
  name: 'domain',
  command: ['npm', 'run', '--silent', 'check:coverage', '--'],
  isTest: true,
  // What is covered is known exactly only of code that was compiled on the spot.
  environment: { NODE_DISABLE_COMPILE_CACHE: '1' },
}
const UNIT = project('unit', '--exclude', 'test/unit/domain/**', '--maxWorkers', '1')
/** They send more than the machine can take: nothing else runs beside them. */
export const APART = ['test/integration/attack/flood.test.ts']
const INTEGRATION = project(
  'integration',
  ...APART.flatMap((file) => ['--exclude', file]),
  ...['--maxWorkers', '2'],
)
const FLOODS: Job = { ...project('integration', ...APART, '--maxWorkers', '1'), name: 'floods' }
const E2E = project('e2e', '--maxWorkers', '1')
/** Most of their time they wait: for a process to come back, for a time-out to pass. */
const FAULTS = project('faults', '--maxWorkers', '3')
/** Types and lint in one reading of the project; the rules of the architecture are held against it by a unit test. */
const [CODE, FORMAT] = [check('code'), check('format')]

/** The longest first: what is short fills the end. */
const SHORT: Stages = [[FAULTS, UNIT, E2E, INTEGRATION, CODE, DOMAIN, FORMAT], [FLOODS]]

const LONG_FAULTS: Job = {
  name: 'faults',
  command: ['npm', 'run', '--silent', 'faults', '--', '--maxWorkers', '1'],
  isTest: true,
}
/** Other worlds each time; it says first which. No wrong yes in any: the other checks still find rare stories. */
const MODEL: Job = {
  name: 'model',
  command: [
    ...['npm', 'run', '--silent', 'model', '--'],
    ...['--worlds', '200000', '--seed', String(Date.now() % 1_000_000_000), '--checks', 'paid,safe,matched'],
  ],
  isTest: false,
}

/** A kill at every statement and two hundred thousand worlds are looked at by themselves. */
const LONG: Stages = [[INTEGRATION, E2E, UNIT, DOMAIN, CODE, FORMAT], [FLOODS], [LONG_FAULTS], [MODEL]]

const LONG_FORM = { TEST_FORM: 'long' }

/** What the short form does less of, without leaving a test out. */
export const SHORTENED =
  'Shorter than in npm run test:long: orders of arrival above three inputs, what an ingest key forwards, faults and their load, rounds of properties, worlds of the model.'

export function jobsOf(form: 'short' | 'long'): Stages {
  if (form === 'short') return SHORT
  return LONG.map((jobs) =>
    jobs.map((job) => ({ ...job, environment: { ...job.environment, ...LONG_FORM } })),
  )
}
