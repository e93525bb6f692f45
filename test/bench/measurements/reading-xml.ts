import { readFileSync } from 'node:fs'
import { XMLParser } from 'fast-xml-parser'
import { readWellFormed } from '../../../src/providers/hipay/well-formed-xml.ts'
import type { XmlContent } from '../../../src/providers/hipay/xml-walk.ts'
import { readWithSaxes } from '../../support/xml-by-saxes.ts'
import type { Bench } from '../bench.ts'
import { median } from '../statistics.ts'
import type { Measured } from './side-by-side.ts'

const BODY = new URL('../../fixtures/hipay/notification_118_partial_capture/body.xml', import.meta.url)
const ROUND = 400
/** Until the code is compiled. */
const WARM_UP_ROUNDS = 5
const ROUNDS_EACH = 5

/** What reading XML costs: each way reads one notification, in turns. */
export const measureReadingXml = async ({ options }: Bench): Promise<Measured> => {
  const document = readFileSync(BODY, 'utf8')
  const contenders = Object.entries(waysToRead(document)).map(([way, read]) => ({
    way,
    read,
    micros: [] as number[],
  }))
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS_EACH * options.rounds; round += 1) {
    for (const { read, micros } of contenders) {
      const took = microsOf(read)
      if (round >= 0) micros.push(took)
    }
  }
  return {
    name: 'reading-xml',
    what: `CPU time to read a notification of ${Buffer.byteLength(document)} bytes`,
    rounds: [],
    settings: {},
    tables: [{ title: 'medians of the rounds', rows: contenders.map((one) => rowOf(one, contenders[0])) }],
  }
}

const IGNORED: XmlContent = { open() {}, text() {}, literal() {}, close() {} }

function waysToRead(document: string): Readonly<Record<string, () => unknown>> {
  const byDefault = new XMLParser()
  return {
    'the product: lean parser, held against the document': () => readWellFormed(document, IGNORED),
    'saxes, strict': () => readWithSaxes(document, IGNORED),
    'fast-xml-parser, default options': () => byDefault.parse(document) as unknown,
  }
}

function microsOf(read: () => unknown): number {
  const startedAt = process.cpuUsage()
  for (let index = 0; index < ROUND; index += 1) read()
  const { user, system } = process.cpuUsage(startedAt)
  return (user + system) / ROUND
}

interface Contender {
  way: string
  micros: readonly number[]
}

function rowOf({ way, micros }: Contender, product: Contender | undefined) {
  const ratios = micros.map((took, round) => took / (product?.micros[round] ?? NaN))
  return { way, 'µs each': median([...micros]), '× the product': median(ratios) }
}
