import { randomInt } from 'node:crypto'
import { findFreePort } from '../../../src/embedded-postgres/free-port.ts'

/**
 * A port for a process that comes back to it after every end. Below what systems hand out for outgoing connections: such
 * a one would take the port while no process listens.
 */
export const findStablePort = async (): Promise<number> => findFreePort(randomInt(15_000, 30_000))
