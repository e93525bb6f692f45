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
// A reader that has left makes the write fail, which ends the command in words.
process.stdout.on('error', () => undefined)
await program.parseAsync()
