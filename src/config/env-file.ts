import { existsSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'

/**
 * The settings of a local `.env`, for the commands of npm; what the environment holds already counts more. Node's own option says
 * at every start that there is no such file, which need not be there. A thread is told its settings, and needs no secret here.
 */
if (isMainThread && existsSync('.env')) process.loadEnvFile('.env')
