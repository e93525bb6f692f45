/** The port cannot be had; the message says which, and what to do. */
export class ListenError extends Error {
  override name = 'ListenError'
}

interface Place {
  host: string
  port: number
  /** The setting that chose the port. */
  setting: 'PORT' | 'MANAGEMENT_PORT'
}

const WORDS: Readonly<Record<string, (place: Place) => string>> = {
  EADDRINUSE: ({ host, port, setting }) =>
    `Port ${port} of ${host} is in use: stop the process that listens there, or set ${setting} to another port.`,
  EACCES: ({ port, setting }) =>
    `This user may not listen on port ${port}: set ${setting} to a port from 1024 on.`,
  EADDRNOTAVAIL: ({ host }) =>
    `${host} is no address of this machine: set HOST to one that is, or to 0.0.0.0 for all of them.`,
}

interface Listening {
  listen: (place: Pick<Place, 'host' | 'port'>) => Promise<string>
}

/** Bind the port; answers the base URL. Throws ListenError for what a person can mend. */
export async function listen(app: Listening, place: Place): Promise<string> {
  const { host, port } = place
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const words = WORDS[(error as NodeJS.ErrnoException).code ?? '']
    throw words ? new ListenError(words(place), { cause: error }) : error
  }
}
