// A published test number of a card network; it belongs to no person.
const CARD = '4111111111111111'

/** Beginnings that a careless reader looks for the end of, each time up to the end of the body. */
export const REPEATED: readonly string[] = [
  '"cvv":"',
  '<cvc><![CDATA[',
  '<cvc ',
  '<pan><cvc><![CDATA[',
  '<pan ><cvc >',
  '%22cvv%22%3A',
  CARD,
  '1 ',
  '\\"',
  '\\\\',
  'cvv=&',
  '"a":',
  '<a ',
  '&#',
  '%34',
  'id=~&',
  `id=${CARD}&`,
  '<id>~</id>',
  '<id>',
  '<id a="',
  '<id><![CDATA[',
  '<id><!--',
  '"id":"~",',
  '"id":"~\\"',
  `"id":${CARD},`,
  `"id":"{\\"id\\":${CARD}}",`,
  'a={',
  'a=%7B"id":~}&',
  '<a>{"id":"~"}</a>',
]

/** So many kibibytes of it, at the least. */
export const repeated = (pattern: string, kibibytes: number): string =>
  pattern.repeat(Math.ceil((kibibytes * 1024) / pattern.length))
