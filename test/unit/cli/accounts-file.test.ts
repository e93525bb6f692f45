import { expect, it } from 'vitest'
import { loadCommandSettings } from '../../../src/cli/accounts-file.ts'
import { ConfigurationError } from '../../../src/config/settings.ts'

it('a command asks in production for nothing that only serving needs', () => {
  expect(loadCommandSettings({ NODE_ENV: 'production' }).production).toBe(true)
  expect(loadCommandSettings({}).production).toBe(false)
})

it('a command does not take a near miss of production for development', () => {
  for (const NODE_ENV of ['prod', 'Production']) {
    expect(() => loadCommandSettings({ NODE_ENV })).toThrow(ConfigurationError)
    expect(() => loadCommandSettings({ NODE_ENV })).toThrow('NODE_ENV: must be one of')
  }
})
