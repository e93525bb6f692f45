import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Corpus } from './corpus.ts'

/** The same messages, each with a signature that is wrong in its last digit: as plausible as a forgery can be. */
export function forge({ file, lengths }: Pick<Corpus, 'file' | 'lengths'>, directory: string): string {
  const forged = join(directory, 'forged.bin')
  const [from, to] = [openSync(file, 'r'), openSync(forged, 'w')]
  for (const length of lengths) {
    const request = Buffer.alloc(length)
    readSync(from, request, 0, length, null)
    const at = lastDigitOf(request.toString('latin1'))
    request[at] = request[at] === ZERO ? ZERO + 1 : ZERO
    writeSync(to, request)
  }
  closeSync(from)
  closeSync(to)
  return forged
}

const ZERO = 0x30

/** Of HiPay's header, or of Be2bill's parameter. */
function lastDigitOf(request: string): number {
  const signature = /(?:^x-allopass-signature: |[\n&]HASH=)[0-9a-f]{40,128}/im.exec(request)
  if (!signature) throw new Error('a message of the corpus is not signed')
  return signature.index + signature[0].length - 1
}
