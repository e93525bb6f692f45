import { buildProgram } from './program.ts'

/** `npm run receiver -- <command>`. */
const program = buildProgram({
  environment: process.env,
  streams: {
    out: (text) => {
      process.stdout.write(`${text}\n`)
    },
    err: (text) => {
      process.stderr.write(`${text}\n`)
    },
    data: async (text) =>
      new Promise((resolve, reject) => {
        process.stdout.write(text, (error) => {
          if (error) reject(error)
          else resolve()
        })
      }),
  },
  onEnd: (code) => {
    process.exitCode = code
  },
})
// If the reader closes the pipe, the write fails and is reported; without this handler the process would crash.
process.stdout.on('error', () => undefined)
await program.parseAsync()
