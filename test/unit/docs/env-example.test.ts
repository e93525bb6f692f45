import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { loadSettings, SETTING_NAMES } from '../../../src/config/settings.ts'
import { readDoc } from './markdown.ts'

const text = readDoc('.env.example')

test('.env.example names exactly the settings there are', () => {
  const named = [...text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name)
  expect(named.toSorted()).toEqual(SETTING_NAMES.toSorted())
})

test('its values are the defaults', () => {
  expect(loadSettings(parseEnv(text))).toEqual(loadSettings({}))
})

test('every setting has a line that says why', () => {
  const unexplained = [...text.matchAll(/^(?!# \S)(.*)\n([A-Z_]+)=/gm)].map(([, , name]) => name)
  expect(unexplained).toEqual([])
})
