import fc from 'fast-check'

/** Real bodies, damaged: what a careless proxy, a curious attacker or a mistaken library makes of them. */

/** Pieces that readers of forms, XML and JSON trip over. */
const TOKENS = [
  ...[
    '&',
    '=',
    '%',
    '+',
    '%00',
    '%26',
    '%3D',
    '%5B',
    '%5D',
    '%ED%A0%80',
    '%E9',
    '%C0%80',
    '[',
    ']',
    '[]',
    '[0]',
    '[a]',
    '[__proto__]',
  ],
  ...[
    '<',
    '>',
    '</',
    '/>',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<!DOCTYPE x>',
    '<?x?>',
    '<a>',
    '</a>',
    '<a b="c"/>',
    ' b="<"',
  ],
  ...['&amp;', '&#0;', '&#xD800;', '&#x41;', '&lol;', '&#00000000065;', '&#x110000;', 'xmlns:p="u"', 'p:'],
  ...[
    '{',
    '}',
    '"',
    ':',
    ',',
    '\\',
    '\\u0000',
    '\\ud800',
    'null',
    'true',
    '[[',
    ']]',
    '1e999',
    '-0',
    '0x10',
    '1E400',
  ],
  ...[
    '\0',
    '\r',
    '\n',
    '\t',
    '\x0b',
    '\x1b',
    '\x7f',
    '\xef\xbb\xbf',
    '\xff\xfe',
    '\xed\xa0\x80',
    '\xc0\x80',
    '\xe9',
    '\xf8\x88',
    '\xe2\x80\xae',
    '+ADw-',
  ],
  ...['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '#text', '#cdata', ':@'],
  ...[
    'status',
    'transaction_reference',
    'operation',
    'amount',
    'currency',
    'order',
    'EXECCODE',
    'AMOUNT',
    'HASH',
    'DATA',
    'TRANSACTIONID',
  ],
  ...[
    '118',
    '0000',
    'EUR',
    'JPY',
    '50.00',
    '5,00',
    '-1',
    '1.005',
    '9007199254740993',
    '99999999999999999999',
    '1e3',
    'NaN',
    'Infinity',
    '٣',
  ],
]

export type Mutation =
  | { kind: 'insert'; at: number; text: string }
  | { kind: 'delete'; at: number; length: number }
  | { kind: 'repeat'; at: number; length: number; times: number }
  | { kind: 'flip'; at: number; bit: number }
  | { kind: 'splice'; at: number; from: number }

const position = fc.double({ min: 0, max: 1, noNaN: true })

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('insert' as const),
      at: position,
      text: fc.constantFrom(...TOKENS),
    }),
  },
  fc.record({
    kind: fc.constant('insert' as const),
    at: position,
    text: fc.string({ unit: 'binary', maxLength: 12 }),
  }),
  fc.record({ kind: fc.constant('delete' as const), at: position, length: fc.nat(40) }),
  fc.record({
    kind: fc.constant('repeat' as const),
    at: position,
    length: fc.integer({ min: 1, max: 60 }),
    times: fc.integer({ min: 2, max: 200 }),
  }),
  fc.record({ kind: fc.constant('flip' as const), at: position, bit: fc.nat(7) }),
  fc.record({ kind: fc.constant('splice' as const), at: position, from: position }),
)

/** One of `bodies`, changed in up to `most` places; a splice continues with another one of them. */
export const damaged = (bodies: readonly Buffer[], most = 6): fc.Arbitrary<Buffer> =>
  fc
    .tuple(
      fc.constantFrom(...bodies),
      fc.constantFrom(...bodies),
      fc.array(mutation, { minLength: 1, maxLength: most }),
    )
    .map(([body, other, mutations]) =>
      mutations.reduce((bytes, change) => changed(bytes, other, change), body),
    )

function changed(bytes: Buffer, other: Buffer, mutation: Mutation): Buffer {
  const at = Math.floor(mutation.at * bytes.length)
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)]
  switch (mutation.kind) {
    case 'insert':
      return Buffer.concat([before, Buffer.from(mutation.text, 'latin1'), after])
    case 'delete':
      return Buffer.concat([before, after.subarray(mutation.length)])
    case 'repeat':
      return Buffer.concat([
        before,
        ...Array<Buffer>(mutation.times).fill(after.subarray(0, mutation.length)),
        after,
      ])
    case 'splice':
      return Buffer.concat([before, other.subarray(Math.floor(mutation.from * other.length))])
    case 'flip':
      return flipped(bytes, at, mutation.bit)
  }
}

function flipped(bytes: Buffer, at: number, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << bit)
  return copy
}
