import { defineConfig } from 'vitest/config'

/**
 * Where files share a process (`isolate: false`), modules load once instead of a hundred times: no test there replaces a module
 * or changes what is global.
 */
const tier = (name: string, extra: object = {}) => ({
  test: { name, include: [`test/${name}/**/*.test.ts`], ...extra },
})

export default defineConfig({
  test: {
    // Node reads the project's TypeScript itself, here as in production: nothing is translated a second time.
    experimental: { viteModuleRunner: false },
    // A run that finds no test is a broken run, not a green one.
    passWithNoTests: false,
    projects: [
      tier('unit', {
        include: ['test/unit/**/*.test.ts', 'test/model/**/*.test.ts'],
        testTimeout: process.env['TEST_FORM'] === 'long' ? 600_000 : 30_000,
        isolate: false,
      }),
      tier('integration', {
        globalSetup: ['test/support/database-server.ts'],
        isolate: false,
        testTimeout: 30_000,
        hookTimeout: 60_000,
      }),
      tier('e2e', {
        globalSetup: ['test/e2e/support/prepared-cluster.ts'],
        testTimeout: 120_000,
        hookTimeout: 120_000,
      }),
      tier('faults', { testTimeout: 1_800_000, hookTimeout: 120_000 }),
    ],
    coverage: { provider: 'v8', include: ['src/**'], exclude: ['src/db/generated/**'] },
  },
})
