import { cruise, format } from 'dependency-cruiser'
import type { IConfiguration, ICruiseResult } from 'dependency-cruiser'
import config from '../../.dependency-cruiser.mjs'

/** What one reading of a tree found. */
export interface ArchitectureReport {
  /** Files read below src and test; 0 means that the tool could not read TypeScript, which is no clean bill. */
  modules: number
  /** Edges between them and to packages; a tool that reads files but no imports finds none. */
  dependencies: number
  /** One entry per broken rule and place. */
  violations: { rule: string; from: string; to: string }[]
  /** The same for people, each with the rule's advice. */
  text: string
}

const { forbidden = [], options = {} }: IConfiguration = config
const { enhancedResolveOptions = {}, ...cruiseOptions } = options

/** Every rule's name and its advice, so that a test can ask for a planted violation of each. */
export const advice: Readonly<Record<string, string>> = Object.fromEntries(
  forbidden.map(({ name = 'unnamed', comment = '' }) => [name, comment]),
)

/** Read `src` and `test` below `baseDir` with the project's rules. Rejects when either folder is missing. */
export async function readArchitecture(baseDir: string): Promise<ArchitectureReport> {
  const { output } = await cruise(
    ['src', 'test'],
    { ...cruiseOptions, baseDir, ruleSet: { forbidden }, validate: true, outputType: 'json' },
    enhancedResolveOptions,
  )
  const result = (typeof output === 'string' ? JSON.parse(output) : output) as ICruiseResult
  return summarize(result, await format(result, { outputType: 'err-long' }))
}

function summarize(
  result: ICruiseResult,
  { output }: { output: ICruiseResult | string },
): ArchitectureReport {
  const own = result.modules.filter(({ source }) => /^(src|test)\//.test(source))
  return {
    modules: own.length,
    dependencies: own.reduce((sum, module) => sum + module.dependencies.length, 0),
    violations: result.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to })),
    text: output as string,
  }
}
