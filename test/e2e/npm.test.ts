import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { copyProject } from '../support/project-copy.ts'
import { eventually } from './support/http.ts'
import {
  cleanUp,
  emptyDirectory,
  launch,
  launchAsJob,
  runServiceToEnd,
  startService,
  stopService,
} from './support/service.ts'

/** The commands of npm as a person types them, in a copy of the project. */

let project: string

beforeAll(() => {
  project = copyProject()
})
afterEach(cleanUp)
afterAll(() => {
  rmSync(project, { recursive: true })
})

const check = async (): Promise<string> => {
  const { output, ended } = launch('npm', ['run', 'receiver', '--', 'accounts', 'check'], {}, project)
  expect(await ended).toBe(1)
  return output()
}

describe('npm run receiver', () => {
  it('says nothing of a .env that is not there, and reads one that is', async () => {
    const without = await check()
    expect(without).toContain('./accounts.json cannot be read')
    expect(without).not.toContain('.env')
    writeFileSync(join(project, '.env'), 'ACCOUNTS_FILE=./named-in-env.json\n')
    expect(await check()).toContain('./named-in-env.json cannot be read')
    rmSync(join(project, '.env'))
  })
})

const isAlive = (group: number): boolean => {
  try {
    return process.kill(-group, 0)
  } catch {
    return false
  }
}

describe('npm start', () => {
  it('ends in order when its own process is told to, and leaves no process behind', async () => {
    const settings = { PORT: '0', DATA_DIRECTORY: emptyDirectory() }
    // The shell's $! is the pid of npm.
    const npm = launchAsJob('npm', ['start'], settings, project)
    await eventually(async () => {
      expect(npm.output()).toMatch(/^ {2}psql /m)
    }, 60_000)
    const url = /receiver at (\S+)/.exec(npm.output())?.[1] ?? ''
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    process.kill(npm.pid, 'SIGTERM')
    expect(await npm.ended).toBe(0)
    expect(npm.output()).toContain('"msg":"draining"')
    expect(npm.output()).toContain('"msg":"stopped"')
    await expect(fetch(url)).rejects.toThrow()
    await eventually(async () => {
      expect(isAlive(npm.pid)).toBe(false)
    })
  })
})

describe('a port in use', () => {
  it.each(['PORT', 'MANAGEMENT_PORT'])(
    '%s is told in a sentence that names it and the remedy',
    async (name) => {
      const taken = createServer().listen(0, '127.0.0.1')
      await once(taken, 'listening')
      const { port } = taken.address() as AddressInfo
      const settings = {
        DATA_DIRECTORY: emptyDirectory(),
        LOG_LEVEL: 'silent',
        PORT: '0',
        [name]: String(port),
      }
      const { code, output } = await runServiceToEnd(settings)
      taken.close()
      expect({ code, output }).toEqual({
        code: 1,
        output: `Port ${port} of 127.0.0.1 is in use: stop the process that listens there, or set ${name} to another port.\n`,
      })
    },
  )
})

describe('send without --url', () => {
  it('finds the running service, whatever its port is', async () => {
    const directory = emptyDirectory()
    const service = await startService(directory)
    const send = launch(
      'npm',
      ['run', 'receiver', '--', 'send', 'hipay', '116'],
      { DATA_DIRECTORY: directory },
      project,
    )
    expect({ code: await send.ended, output: send.output() }).toMatchObject({ code: 0 })
    expect(send.output()).toContain(`POST ${service.url}/notifications/hipay/`)
    await stopService(service)
  })
})
