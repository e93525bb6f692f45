import { readArchitecture } from './architecture.ts'

// A separate count, because dependency-cruiser calls a tree that it cannot read clean.
const { modules, dependencies, violations, text } = await readArchitecture(process.cwd())
console.log(violations.length > 0 ? text : `architecture: ${modules} modules, ${dependencies} dependencies`)
if (modules === 0 || dependencies === 0)
  console.error('architecture: nothing was read, so nothing was checked')
process.exitCode = violations.length > 0 || modules === 0 || dependencies === 0 ? 1 : 0
