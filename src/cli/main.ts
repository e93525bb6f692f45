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
  },
  onEnd: (code) => {
    process.exitCode = code
  },
})
await program.parseAsync()
