import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * The domain's own tests as they run against each mutant. The first failure ends a mutant, so the cheap and exact
 * tests go first and the broad ones (every scenario in many orders, generated histories) last and with fewer rounds.
 */

const LAST = [
  'explained-fields.test.ts',
  'explained-operations.test.ts',
  'explained-discrepancies.test.ts',
  'explained-crowds.test.ts',
  'scenarios.test.ts',
  'histories.test.ts',
  'stories.test.ts',
]

class CheapFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const cost = ({ moduleId }: TestSpecification) => LAST.findIndex((name) => moduleId.endsWith(name))
    return [...files].sort((left, right) => cost(left) - cost(right))
  }
}

export default defineConfig({
  test: {
    include: ['test/unit/domain/**/*.test.ts'],
    // One reads the documentation, not the code; the other asks every result for its reasons, which takes too long here.
    exclude: ['test/unit/domain/rule-ids.test.ts', 'test/unit/domain/explain.test.ts'],
    env: { ORDERINGS: '4', PROPERTY_RUNS: '25', PROPERTY_SEED: '1' },
    sequence: { sequencer: CheapFirst },
    isolate: false,
    testTimeout: 20_000,
  },
})
