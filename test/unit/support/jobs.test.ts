import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import config from '../../../vitest.config.ts'
import { APART, jobsOf } from '../../support/jobs.ts'

const projects = (config.test?.projects ?? []).map(
  (project) => (project as { test: { name: string } }).test.name,
)

describe.each(['short', 'long'] as const)('the %s form', (form) => {
  const jobs = jobsOf(form).flat()

  it('runs the tests of every project, and the checks', () => {
    expect(projects.length).toBeGreaterThan(3)
    expect(jobs.map(({ name }) => name)).toEqual(
      expect.arrayContaining([...projects, 'domain', 'code', 'format']),
    )
  })

  it('runs what needs the machine for itself once, in a stage of its own', () => {
    for (const file of APART) {
      expect(existsSync(file), file).toBe(true)
      const running = jobs.filter(({ command }) => command.includes(file))
      const excluding = running.filter(({ command }) => command[command.indexOf(file) - 1] === '--exclude')
      expect([running.length, excluding.length]).toEqual([2, 1])
    }
    expect(jobsOf(form)).toContainEqual([expect.objectContaining({ name: 'floods' })])
  })

  it('gives each job a name, and so a report, of its own', () => {
    expect(new Set(jobs.map(({ name }) => name)).size).toBe(jobs.length)
  })
})

it('only the long form says so to its tests, and plays the model', () => {
  const forms = (form: 'short' | 'long') =>
    new Set(
      jobsOf(form)
        .flat()
        .map(({ environment }) => environment?.['TEST_FORM']),
    )
  expect(forms('short')).toEqual(new Set([undefined]))
  expect(forms('long')).toEqual(new Set(['long']))
  expect(
    jobsOf('long')
      .flat()
      .map(({ name }) => name),
  ).toContain('model')
})
