import { existsSync } from 'node:fs'

/**
 * The settings of a local `.env`, for the commands of npm; what the environment holds already counts more. Node's own option says
 * at every start that there is no such file, which need not be there.
 */
if (existsSync('.env')) process.loadEnvFile('.env')
