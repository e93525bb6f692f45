/**
 * Bodies of the largest size that the service takes, each made to cost a reader as much as its encoding can: shared by the
 * tests of the readers and those of the service.
 */

/** The service's own limit (BODY_LIMIT_BYTES). */
export const BODY_LIMIT = 262_144

/** `unit` over and over, cut to `size` characters. */
const fill = (unit: string, size: number): string =>
  unit.repeat(Math.ceil(size / unit.length)).slice(0, Math.max(0, size))

/** As many numbered pieces as fit. */
function numbered(piece: (index: number) => string, size: number): string {
  const pieces: string[] = []
  for (let length = 0, index = 0; ; index++) {
    const next = piece(index)
    length += next.length
    if (length > size) return pieces.join('')
    pieces.push(next)
  }
}

const FORM = 'status=118&transaction_reference=9&currency=EUR&'
const BE2BILL = `IDENTIFIER=Acme+Shop&EXECCODE=0000&OPERATIONTYPE=payment&TRANSACTIONID=A1&HASH=${'0'.repeat(64)}&`
const XML = ['<n><status>118</status><transaction_reference>9</transaction_reference>', '</n>'] as const
const JSON_MEMBERS = '"status":"118","transactionReference":"9","EXECCODE":"0000","TRANSACTIONID":"A1",'

const form =
  (unit: string) =>
  (size: number): string =>
    FORM + BE2BILL + fill(unit, size - FORM.length - BE2BILL.length)
const keys =
  (piece: (index: number) => string) =>
  (size: number): string =>
    FORM + BE2BILL + numbered(piece, size - FORM.length - BE2BILL.length)
const xml =
  (rest: (size: number) => string) =>
  (size: number): string =>
    `${XML[0]}${rest(size - XML[0].length - XML[1].length)}${XML[1]}`
const json =
  (rest: (size: number) => string) =>
  (size: number): string =>
    `{${JSON_MEMBERS}${rest(size - JSON_MEMBERS.length - 16)}}`
/** Half of it before, half of it behind. */
const nested =
  (open: string, close: string) =>
  (size: number): string => {
    const depth = Math.floor(size / (open.length + close.length))
    return open.repeat(depth) + close.repeat(depth)
  }

/** By name, a body of `size` characters. */
export const HOSTILE_BODIES: Readonly<Record<string, (size: number) => string>> = {
  'form: one name again and again': form('custom_data[k]=x&'),
  'form: 100,000 names': keys((index) => `${index.toString(36)}&`),
  'form: names with values': keys((index) => `a${index}=1&`),
  'form: lists': form('custom_data[]=1&'),
  'form: numbered list, last first': keys((index) => `A[${99_999 - index}]=1&`),
  'form: deep brackets': (size) => `${FORM}${BE2BILL}a${fill('[a]', size - 300)}=1`,
  'form: many deep brackets': form(`a${'[b]'.repeat(20)}=1&`),
  'form: many deep names of the merchant': keys((index) => `custom_data${`[${index}]`.repeat(15)}=1&`),
  'form: open brackets': form('['),
  'form: closing brackets': (size) => `${FORM}${BE2BILL}a[${fill('][', size - 300)}]=1`,
  'form: __proto__': form('__proto__[a]=1&constructor[prototype][b]=1&'),
  'form: HASH again and again': form('HASH=1&'),
  'form: escapes': form('%E9'),
  'form: percent signs': form('%'),
  'form: ampersands': form('&'),
  'form: equals signs': form('='),
  'form: NUL': form('%00'),
  'form: bytes that are no UTF-8': form('\xff\xfe\xed\xa0'),
  'form: digits': (size) => `${FORM}cdata1=${fill('4', size - 60)}`,
  'form: almost card numbers': (size) => `${FORM}cdata1=${fill('4111 1111 1111 1112 ', size - 60)}`,
  'form: card numbers': (size) => `${FORM}cdata1=${fill('4111111111111111 ', size - 60)}`,
  'form: blanks': (size) => fill(' ', size),
  'form: one long word': (size) => fill('a', size),
  'xml: elements': xml((size) => fill('<a>1</a>', size)),
  'xml: different elements': xml((size) => numbered((index) => `<a${index}>1</a${index}>`, size)),
  'xml: empty elements': xml((size) => fill('<a/>', size)),
  'xml: depth': xml(nested('<a>', '</a>')),
  'xml: depth that never ends': xml((size) => fill('<a>', size)),
  'xml: depth with namespaces': xml(nested('<p:a xmlns:p="u">', '</p:a>')),
  'xml: long name around many': xml((size) => {
    const name = 'k'.repeat(size / 4)
    return `<${name}>${fill('<a>1</a>', size / 2)}</${name}>`
  }),
  'xml: attributes': (size) => `<n${numbered((index) => ` a${index}="b"`, size)}/>`,
  'xml: one attribute again and again': (size) => `<n ${fill('a="b" ', size)}/>`,
  'xml: one huge attribute': (size) => `<n a="${fill('x', size)}"/>`,
  'xml: attributes in a long namespace': (size) =>
    `<n xmlns:p="${fill('u', size / 2)}"${numbered((index) => ` p:a${index}=""`, size / 2)}/>`,
  'xml: namespaces': (size) => `<n${numbered((index) => ` xmlns:a${index}="b"`, size)}/>`,
  'xml: blanks in a tag': (size) => `<n${fill(' ', size)}/>`,
  'xml: comments': xml((size) => fill('<!-- -->', size)),
  'xml: comments that never end': xml((size) => fill('<!--', size)),
  'xml: CDATA': xml((size) => `<cdata1>${fill('<![CDATA[x]]>', size - 20)}</cdata1>`),
  'xml: CDATA that never ends': xml((size) => fill('<![CDATA[', size)),
  'xml: references': xml((size) => `<cdata1>${'&#38;'.repeat((size - 20) / 5)}</cdata1>`),
  'xml: references to nothing': xml((size) => `<cdata1>${'&#0;'.repeat((size - 20) / 4)}</cdata1>`),
  'xml: unknown entities': xml((size) => `<cdata1>${'&lol;'.repeat((size - 20) / 5)}</cdata1>`),
  'xml: one entity with a long name': xml((size) => `<cdata1>&${fill('l', size - 30)};</cdata1>`),
  'xml: forbidden characters': xml((size) => `<cdata1>${fill('\x01', size - 20)}</cdata1>`),
  'xml: closing brackets': xml((size) => fill(']', size)),
  'xml: billion laughs': (size) =>
    `<!DOCTYPE n [<!ENTITY a "lol">${numbered((index) => `<!ENTITY a${index} "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">`, size - 100)}]><n>&a9;</n>`,
  'xml: entities in entities': () =>
    `<!DOCTYPE n [<!ENTITY a0 "lol">${numbered((index) => `<!ENTITY a${index + 1} "${`&a${index};`.repeat(10)}">`, 1_200)}]><n>&a9;</n>`,
  'xml: quadratic blowup': (size) =>
    `<!DOCTYPE n [<!ENTITY a "${fill('x', size / 2)}">]><n>${fill('&a;', size / 2 - 60)}</n>`,
  'xml: document type that never ends': (size) => `<!DOCTYPE n [${fill('<!ENTITY a "b">', size)}`,
  'xml: declaration that never ends': (size) => `<?xml ${fill(' encoding=', size)}`,
  'json: array': json((size) => `"custom_data":[${'1,'.repeat((size - 30) / 2)}1]`),
  'json: members': json((size) => `${numbered((index) => `"a${index}":1,`, size)}"z":1`),
  'json: one member again and again': json((size) => `${'"a":1,'.repeat(size / 6)}"z":1`),
  'json: __proto__': json((size) => `${'"__proto__":{"a":1},'.repeat(size / 20)}"z":1`),
  'json: depth of arrays': json((size) => `"a":${nested('[', ']')(size - 10)}`),
  'json: depth of objects': json((size) => `"a":${nested('{"a":', '}')(size - 10).replace('{"a":}', '{}')}`),
  'json: brackets that never close': (size) => fill('[', size),
  'json: one long number': json((size) => `"AMOUNT":${fill('9', size - 20)}`),
  'json: one exponent': json(() => `"AMOUNT":1e999999999`),
  'json: escapes': json((size) => `"message":"${'\\u0041'.repeat((size - 30) / 6)}"`),
  'json: rows of a report': json(
    (size) => `"OPERATIONTYPE":"getTransactions","DATA":[${'{"EXECCODE":0},'.repeat((size - 60) / 15)}{}]`,
  ),
  'json: empty rows of a report': json((size) => `"DATA":[${'{},'.repeat((size - 60) / 3)}{}]`),
  'json: links of a report': json(
    (size) =>
      `"DATA":[${numbered((index) => `{"TRANSACTIONID":"A${index}","REFUNDEDBY":"${numbered((child) => `B${index}-${child},`, 4_000)}"},`, size - 100)}{}]`,
  ),
  'json: transactions': (size) =>
    `{"transaction":[${'{"id":"1","status":"18","state":"x"},'.repeat((size - 40) / 37)}{}]}`,
  'json: JSON in JSON': json(
    (size) => `"customData":${JSON.stringify(JSON.stringify({ a: nested('[', ']')(size / 2) }))}`,
  ),
}
