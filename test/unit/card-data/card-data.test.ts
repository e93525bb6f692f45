import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CARD_DATA,
  eventText,
  maskPan,
  maySeal,
  ruleFor,
  withoutCardNumbers,
} from '../../../src/card-data/rules.ts'
import { scrub as scrubWith, type Scrubbed } from '../../../src/card-data/scrub.ts'
import { IDENTIFIERS } from '../../support/identifiers.ts'
import { repeated, REPEATED } from '../../support/repeated-text.ts'

// Published test numbers of the card networks; none belongs to a person.
const VISA = '4111111111111111'
const AMEX = '378282246310005'

const scrub = (content: Buffer): Scrubbed => scrubWith(content, { identifiers: IDENTIFIERS })

const scrubbed = (text: string) => {
  const result = scrub(Buffer.from(text, 'utf8'))
  return { text: result.content.toString('utf8'), names: result.scrubbed }
}

describe('a message without card data', () => {
  test.each([
    ['form', 'ORDERID=42&CARDCODE=XXXXXXXXXXXX0007&CVVRESPONSECODE=M&TRANSACTIONID=A200000001'],
    ['masked by HiPay', 'payment_method[pan]=411111******1111&transaction_reference=123456789012'],
    ['xml', '<n><transaction_reference>123456789012</transaction_reference><pan>411111******1111</pan></n>'],
    ['json', '{"AMOUNT":"12390","TRANSACTIONID":"A200000001"}'],
    ['empty', ''],
  ])('is returned as the same buffer: %s', (_, text) => {
    const content = Buffer.from(text)
    expect(scrub(content)).toEqual({ content, scrubbed: [], replaced: [] })
    expect(scrub(content).content).toBe(content)
  })
})

describe('card numbers anywhere', () => {
  test.each([
    [`EXTRADATA=pay ${VISA} now`, 'EXTRADATA=pay 411111******1111 now', 'EXTRADATA'],
    [`EXTRADATA=4111+1111+1111+1111`, 'EXTRADATA=4111+11**+****+1111', 'EXTRADATA'],
    [`EXTRADATA=4111%201111%2D1111-1111`, 'EXTRADATA=4111%2011**%2D****-1111', 'EXTRADATA'],
    [`EXTRADATA=%34%31%31%31%31%31${VISA.slice(6)}`, 'EXTRADATA=%34%31%31%31%31%31******1111', 'EXTRADATA'],
    [`A=${VISA.slice(0, 6)}%31%31%31${VISA.slice(9)}&B=1`, `A=411111${'*'.repeat(12)}1111&B=1`, 'A'],
    [`EXTRADATA=${VISA} 2029`, 'EXTRADATA=411111******1111 2029', 'EXTRADATA'],
    [`EXTRADATA=12 ${VISA}`, 'EXTRADATA=12 411111******1111', 'EXTRADATA'],
    [`EXTRADATA=${AMEX}`, 'EXTRADATA=378282*****0005', 'EXTRADATA'],
    [
      `EXTRADATA=%7B%22n%22%3A%22${VISA}%22%7D`,
      'EXTRADATA=%7B%22n%22%3A%22411111******1111%22%7D',
      'EXTRADATA',
    ],
    ['EXTRADATA=x 1717171717174', 'EXTRADATA=x 171717***7174', 'EXTRADATA'],
    [`payment_method%5Bpan%5D=${VISA}`, 'payment_method%5Bpan%5D=411111******1111', 'payment_method[pan]'],
    [`<a><pan>${VISA}</pan></a>`, '<a><pan>411111******1111</pan></a>', 'pan'],
    [`<a><b>&#52;${VISA.slice(1)}</b></a>`, '<a><b>&#52;11111******1111</b></a>', 'b'],
    [`{"a":{"b":"${VISA}"}}`, '{"a":{"b":"411111******1111"}}', 'b'],
    [`{"a":"\\u0034${VISA.slice(1)}"}`, '{"a":"\\u003411111******1111"}', 'a'],
    [`{"a":${VISA}}`, '{"a":4111110000001111}', 'a'],
    [`{"a":"100%${VISA}"}`, '{"a":"100%411111******1111"}', 'a'],
    [VISA, '411111******1111', 'pan'],
  ])('%s', (text, expected, name) => {
    expect(scrubbed(text)).toEqual({ text: expected, names: [name] })
  })

  test.each([
    ['a twelve-digit transaction reference', 'a=411111111111'],
    ['a run that fails the check digit', 'a=4111111111111112'],
    ['twenty digits without a border', `a=0000${VISA}`],
    ['zeros', 'a=0000000000000000'],
    ['an order number made of a time', 'ORDERID=1717171717174'],
    ['the same among words', 'ORDERID=x-1717171717174'],
    ['the same in HiPay’s form', 'order%5Bid%5D=1717171717174&state=completed'],
    ['the same in XML', '<order><id>1717171717174</id></order>'],
    ['the same in JSON', '{"orderId":"1717171717174","id":20260401100009}'],
    ['a hash', `a=${'ab'.repeat(20)}${VISA}abababab`],
    ['a uuid', 'a=A1-0b7c1d5e-4111-1111-1111-1111a0000000'],
    ['separators that are not single', 'a=4111  1111  1111  1111'],
  ])('%s is left alone', (_, text) => {
    expect(scrubbed(text)).toEqual({ text, names: [] })
  })
})

describe('fields that the table names', () => {
  test.each([
    ['CARDCVV=123&X=1', 'CARDCVV=***&X=1', 'CARDCVV'],
    ['payment_method[token]=ab12cd&X=1', 'payment_method[token]=******&X=1', 'payment_method[token]'],
    ['HFTOKEN=abc', 'HFTOKEN=***', 'HFTOKEN'],
    ['NETWORKTOKENCRYPTOGRAM=a%20b', 'NETWORKTOKENCRYPTOGRAM=*****', 'NETWORKTOKENCRYPTOGRAM'],
    ['3DSECURECAVV=AAAB', '3DSECURECAVV=****', '3DSECURECAVV'],
    ['IBAN=FR7630006000011234567890189', `IBAN=${'*'.repeat(27)}`, 'IBAN'],
    ['PAYEE[CARDCODE]=4111111111111112', 'PAYEE[CARDCODE]=411111******1112', 'PAYEE[CARDCODE]'],
    ['<r><token>ab12</token><token/></r>', '<r><token>****</token><token/></r>', 'token'],
    ['<r><n:cvc>1</n:cvc></r>', '<r><n:cvc>*</n:cvc></r>', 'n:cvc'],
    ['<r><cvc a="1">123</cvc></r>', '<r><cvc a="1">***</cvc></r>', 'cvc'],
    ['<r><cvc\n>123</cvc></r>', '<r><cvc\n>***</cvc></r>', 'cvc'],
    ['<r><cvc><![CDATA[123]]></cvc></r>', '<r><cvc><![CDATA[***]]></cvc></r>', 'cvc'],
    [
      '<r><authentication_token>x=</authentication_token></r>',
      '<r><authentication_token>**</authentication_token></r>',
      'authentication_token',
    ],
    ['{"token":"a\\"b","x":1}', '{"token":"****","x":1}', 'token'],
    ['{"cvv" : 123}', '{"cvv" : "*"}', 'cvv'],
    ['{"REDIRECTHTML":"PGh0bWw+"}', '{"REDIRECTHTML":"********"}', 'REDIRECTHTML'],
    ['{"authenticationToken":"x"}', '{"authenticationToken":"*"}', 'authenticationToken'],
    ['X=%7B%22cvv%22%3A%22123%22%7D', 'X=%7B%22cvv%22%3A%22***%22%7D', 'cvv'],
    ['X={"cvv":123}', 'X={"cvv":"*"}', 'cvv'],
    ['ORDERID=%7B%22cvv%22%3A%22123%22%7D&A=é', 'ORDERID=%7B%22cvv%22%3A%22***%22%7D&A=é', 'cvv'],
    ['\ufeffCARDCVV=123\r\n', '\ufeffCARDCVV=***\r\n', 'CARDCVV'],
    ['{"body":"{\\"cvv\\":\\"123\\"}"}', '{"body":"{\\"cvv\\":\\"***\\"}"}', 'cvv'],
  ])('%s', (text, expected, name) => {
    expect(scrubbed(text)).toEqual({ text: expected, names: [name] })
  })

  test('every name of the table is found in all three encodings', () => {
    for (const rule of CARD_DATA.filter(({ stored }) => stored === 'overwrite')) {
      for (const name of rule.names.map((name) => name.replace('*', 'X'))) {
        expect(scrubbed(`A=1&${name}=value`).names, name).toEqual([name])
        expect(scrubbed(`{"${name}":"value"}`).names, name).toEqual([name])
        if (/^[a-z]/i.test(name))
          expect(scrubbed(`<r><${name}>value</${name}></r>`).names, name).toEqual([name])
      }
    }
  })
})

test('masking keeps the first six and the last four digits, and what is masked already', () => {
  expect(maskPan(VISA)).toBe('411111******1111')
  expect(maskPan('4111 1111 1111 1111')).toBe('4111 11** **** 1111')
  expect(maskPan('XXXXXXXXXXXX0007')).toBe('XXXXXXXXXXXX0007')
  expect(maskPan('411111******1111')).toBe('411111******1111')
})

test('events take neither named card data nor card numbers inside text', () => {
  expect(eventText('ALIAS', 'A1')).toBeNull()
  expect(eventText('CARDFULLNAME', 'ADA')).toBeNull()
  expect(eventText('EXTRADATA', `card "${VISA}"`)).toBe('card "411111******1111"')
  expect(eventText('EXTRADATA', '{"a":1}')).toBe('{"a":1}')
  expect(ruleFor('payment_method[token]')?.stored).toBe('overwrite')
  expect(ruleFor('UNHEARD_OF')).toBeNull()
})

describe('properties', () => {
  const fragment = fc.constantFrom(
    '"',
    '%22',
    '\\',
    '&',
    '=',
    '<',
    '>',
    'cvv',
    'token',
    ':',
    VISA,
    '4',
    ' ',
    '-',
    '%3',
    '{',
    '<cvc>',
    '<![CDATA[',
    '&#5',
    '\\u003',
  )
  const text = fc.oneof(
    fc.string(),
    fc.array(fragment).map((parts) => parts.join('')),
  )

  test('total, length-preserving and idempotent where no id is replaced', () => {
    fc.assert(
      fc.property(text, (written) => {
        const first = scrub(Buffer.from(written, 'utf8'))
        expect(first.content).toHaveLength(Buffer.byteLength(written))
        expect(scrub(first.content)).toEqual({ content: first.content, scrubbed: [], replaced: [] })
      }),
      { numRuns: 500 },
    )
  })

  /** A reader that takes a step for each byte before each byte hangs here; what a body costs is measured by the bench, scrubbing. */
  test.each(REPEATED)('half a mebibyte of %j is read to its end', (pattern) => {
    for (const start of ['', '{', '<']) {
      const body = Buffer.from(start + repeated(pattern, 512))
      expect(scrub(body).content.length).toBeGreaterThanOrEqual(body.length)
    }
  })
})

describe('ids', () => {
  const kept = IDENTIFIERS.replace(VISA)
  const form = kept.replaceAll('*', '%2A').replaceAll('~', '%7E')

  test.each([
    [`ORDERID=${VISA}`, `ORDERID=${form}`, 'ORDERID'],
    [`order%5Bid%5D=${VISA}&x=1`, `order%5Bid%5D=${form}&x=1`, 'order[id]'],
    [`<n><order><id>${VISA}</id></order></n>`, `<n><order><id>${kept}</id></order></n>`, 'id'],
    [`{"orderId" : ${VISA}}`, `{"orderId" : "${kept}"}`, 'orderId'],
    [`{"CAPTUREDBY":"A;${VISA} ,B"}`, `{"CAPTUREDBY":"A;${kept} ,B"}`, 'CAPTUREDBY'],
    [`a={"order_id":"${VISA}"}`, `a=%7B%22order_id%22%3A%22${form}%22%7D`, 'order_id'],
    [`<a>&amp;id=${VISA}</a>`, '<a>&amp;id=411111******1111</a>', 'a'],
    [`IDENTIFIER=${VISA}`, 'IDENTIFIER=411111******1111', 'IDENTIFIER'],
  ])('%s', (text, expected, name) => {
    expect(scrubbed(text)).toEqual({ text: expected, names: [name] })
  })

  test('are also in the field in which an account has them echoed', () => {
    const content = Buffer.from(`custom_data%5Battempt%5D=${VISA}`)
    const stored = scrubWith(content, { identifiers: IDENTIFIERS, alsoIds: ['attempt'] })
    expect(stored.content.toString()).toBe(`custom_data%5Battempt%5D=${form}`)
    expect(stored.replaced).toEqual([{ shown: kept, original: VISA }])
  })
})

test.each([
  ['an order id', 'A-1001/2', 'A-1001/2'],
  ['a card number', VISA, '411111******1111'],
  ['one among words', `paid by ${VISA} "twice"`, 'paid by 411111******1111 "twice"'],
  ['a long number that begins like no card', '1000000000000008', '1000000000000008'],
])('%s that a merchant types keeps all but its card numbers', (_what, text, kept) => {
  expect(withoutCardNumbers(text)).toBe(kept)
})

test('what holds a security code is never kept as it came, not even sealed', () => {
  expect(maySeal([])).toBe(true)
  expect(maySeal(['payment_method[token]', 'CARDCODE'])).toBe(true)
  for (const name of ['CARDCVV', 'payment_method[cvc]', 'cvv']) expect(maySeal(['token', name])).toBe(false)
})

test('the real shapes of the fixtures pass untouched', () => {
  const vectors = JSON.parse(readFileSync('test/fixtures/be2bill/notifications.json', 'utf8')) as {
    wire: string
  }[]
  for (const { wire } of vectors) expect(scrub(Buffer.from(wire)).scrubbed).toEqual([])
})
