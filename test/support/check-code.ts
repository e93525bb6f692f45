import { ESLint } from 'eslint'
import ts from 'typescript'

/**
 * What `check:types` and `check:lint` check, in one reading of the project: most of the time of either goes into finding out
 * the types.
 */

const read: { config?: unknown; error?: ts.Diagnostic } = ts.readConfigFile('tsconfig.json', (path) =>
  ts.sys.readFile(path),
)
const { fileNames, options, errors } = ts.parseJsonConfigFileContent(read.config, ts.sys, process.cwd())
const program = ts.createProgram(fileNames, options)
const diagnostics = [...(read.error ? [read.error] : []), ...errors, ...ts.getPreEmitDiagnostics(program)]
console.log(ts.formatDiagnosticsWithColorAndContext(diagnostics, ts.createCompilerHost(options)))

const eslint = new ESLint({
  overrideConfig: { languageOptions: { parserOptions: { programs: [program], projectService: false } } },
})
const results = await eslint.lintFiles(['.'])
const formatter = await eslint.loadFormatter('stylish')
console.log(await formatter.format(results))

const findings = results.reduce((sum, { errorCount, warningCount }) => sum + errorCount + warningCount, 0)
console.log(`code: ${fileNames.length} files, ${diagnostics.length} errors of types, ${findings} of lint`)
process.exitCode = fileNames.length > 0 && results.length > 0 && diagnostics.length + findings === 0 ? 0 : 1
