import { sampleProduct, withServer, type Bench } from '../bench.ts'
import { fill } from '../growth/fill.ts'
import { askDatabase, askService, type Answered } from '../growth/questions.ts'
import type { BenchDatabase, BenchServer } from '../parts/postgres.ts'
import { wholeService } from './contenders.ts'
import { openStage, runOn, type Stage } from './http-run.ts'
import { inRounds, type Measured, type Table } from './side-by-side.ts'

/** Nothing that an answer is waited for may take longer, milliseconds. */
const LIMIT_MS = 50

/** The same traffic on databases that hold more and more, and what questions take on each. */
export async function measureGrowth(bench: Bench): Promise<Measured> {
  return withServer(bench.options.set, async (server) => {
    const stages = await fillStages(bench, server)
    const contenders = stages.map(({ stage, payments }) => async () => {
      const run = await runOn(bench, stage, wholeService(bench), null)
      return { ...run, contender: `${payments} payments` }
    })
    const rounds = await inRounds(bench, 'growth', contenders)
    const answers: Answers[] = []
    for (const { stage, payments } of stages) {
      answers.push({ payments, answered: await askAll(bench, stage.database) })
    }
    return {
      name: 'growth',
      what: 'notifications reconciled per second over what is already there (bounded backlog)',
      rounds,
      tables: [compare(answers)],
    }
  })
}

interface GrownStage {
  payments: number
  stage: Stage
}

async function fillStages(bench: Bench, server: BenchServer): Promise<GrownStage[]> {
  const samples = await sampleProduct(bench, server)
  const stages: GrownStage[] = []
  for (const payments of bench.options.transactions) {
    const database = await server.createDatabase()
    await fill(database, { samples, payments, tell: bench.tell })
    stages.push({ payments, stage: openStage(server, database) })
  }
  return stages
}

interface Answers {
  payments: number
  answered: Answered[]
}

async function askAll(bench: Bench, database: BenchDatabase): Promise<Answered[]> {
  const service = await wholeService(bench).start(database.url)
  try {
    return [...(await askService(service, database)), ...(await askDatabase(database))]
  } finally {
    await service.stop()
  }
}

function compare(answers: readonly Answers[]): Table {
  const questions = [...new Set(answers.flatMap(({ answered }) => answered.map(({ question }) => question)))]
  return {
    title: `milliseconds to answer, p50 / p95; ! above ${LIMIT_MS}`,
    rows: questions.map((question) => ({
      question,
      ...Object.fromEntries(
        answers.map(({ payments, answered }) => [
          `${payments} payments`,
          describe(answered.find((answer) => answer.question === question)),
        ]),
      ),
    })),
  }
}

function describe(answer: Answered | undefined): string | null {
  if (!answer) return null
  const { p50, p95 } = answer
  return `${p50.toFixed(1)} / ${p95.toFixed(1)}${p95 > LIMIT_MS ? ' !' : ''}`
}
