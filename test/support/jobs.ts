/** One command of a run. */
export interface Job {
  name: string
  command: readonly string[]
  /** Tests are counted from their report; a check passes or fails as a whole. */
  isTest: boolean
  environment?: Readonly<Record<string, string>>
}

/** Stages follow each other; the lanes of a stage run beside each other, the jobs of a lane in turn. */
type Stages = readonly (readonly (readonly Job[])[])[]

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
const INTEGRATION = project('integration', '--maxWorkers', '1')
const E2E = project('e2e', '--maxWorkers', '1')
/** Most of their time they wait: for a process to come back, for a time-out to pass. */
const FAULTS = project('faults', '--maxWorkers', '3')
/** Types and lint in one reading of the project; the rules of the architecture are held against it by a unit test. */
const CHECKS = [check('code'), check('format')]

/** Two cores: two lanes that compute, and one that mostly waits. */
const SHORT: Stages = [[[INTEGRATION], [UNIT, DOMAIN, ...CHECKS, E2E], [FAULTS]]]

const LONG_FAULTS: Job = {
  name: 'faults',
  command: ['npm', 'run', '--silent', 'faults', '--', '--maxWorkers', '1'],
  isTest: true,
}
const MODEL: Job = {
  name: 'model',
  command: ['npm', 'run', '--silent', 'model', '--', '--worlds', '200000', '--checks', 'paid,safe,matched'],
  isTest: false,
}

/** A kill at every statement and two hundred thousand worlds are looked at by themselves. */
const LONG: Stages = [[[INTEGRATION], [UNIT, DOMAIN, ...CHECKS, E2E]], [[LONG_FAULTS]], [[MODEL]]]

const LONG_FORM = { TEST_FORM: 'long' }

/** What the short form does less of, without leaving a test out. */
export const SHORTENED =
  'Shorter than in npm run test:long: orders of arrival above four inputs, faults, rounds of properties, worlds of the model.'

export function jobsOf(form: 'short' | 'long'): Stages {
  if (form === 'short') return SHORT
  return LONG.map((lanes) =>
    lanes.map((jobs) => jobs.map((job) => ({ ...job, environment: { ...job.environment, ...LONG_FORM } }))),
  )
}
