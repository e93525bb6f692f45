/**
 * Mutation testing of the domain (`npm run mutation`; a part: `npm run mutation -- -m src/domain/reconciliation/fold.ts`).
 * Results accumulate in an incremental file, so that a run over a part keeps what earlier runs found.
 * test/unit/domain/mutation-survivors.md lists what may survive, with the reason.
 *
 * @type {import('@stryker-mutator/api/core').PartialStrykerOptions}
 */
export default {
  mutate: ['src/domain/**/*.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner'],
  // What the copy for the mutants can do without.
  ignorePatterns: ['.data', 'coverage', 'deploy', 'docs', 'prisma', 'src/db', 'test/e2e', 'test/integration'],
  coverageAnalysis: 'perTest',
  concurrency: 1,
  incremental: true,
  incrementalFile: '.data/mutation/incremental.json',
  tempDirName: '.data/mutation/sandbox',
  reporters: ['clear-text', 'json'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  jsonReporter: { fileName: '.data/mutation/report.json' },
  thresholds: { high: 95, low: 85, break: 85 },
  checkers: [],
  allowConsoleColors: false,
}
