import { atMost, ATTRIBUTES_MAX, notWellFormed } from './xml-limits.ts'

const START =
  String.raw`A-Z_a-z\xC0-\xD6\xD8-\xF6\xF8-\u02FF\u0370-\u037D\u037F-\u1FFF\u200C\u200D\u2070-\u218F` +
  String.raw`\u2C00-\u2FEF\u3001-\uD7FF\uF900-\uFDCF\uFDF0-\uFFFD\u{10000}-\u{EFFFF}`
/** A name without a colon, as an expression's source. */
export const NAME_PART = String.raw`[${START}][${START}\-.\d\xB7\u0300-\u036F\u203F\u2040]*`
const NAME = `(${NAME_PART})(?::(${NAME_PART}))?`

/** A tag without attributes and prefix, as nearly every tag is. */
const PLAIN_TAG = /<([A-Za-z_][\w.-]*)\/?>/y
const START_OF_TAG = new RegExp(`<${NAME}`, 'uy')
const ATTRIBUTE = new RegExp(String.raw`[ \t\n]+${NAME}[ \t\n]*=[ \t\n]*(?:"([^"<]*)"|'([^'<]*)')`, 'uy')
const END_OF_TAG = /[ \t\n]*(\/?)>/y

/** Namespaces by the prefixes that stand for them inside an element. */
export type Prefixes = ReadonlyMap<string, string>
const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'
export const PREDECLARED: Prefixes = new Map([['xml', XML_NAMESPACE]])

export interface Tag {
  name: string
  /** `<a/>` */
  closed: boolean
  /** What prefixes stand for inside it. */
  prefixes: Prefixes
  /** Index after the tag. */
  end: number
}

/** Reads the opening tag at an index. Attributes carry nothing, but have to be written as XML writes them. */
export class Tags {
  readonly #document: string
  readonly #attribute = atMost(ATTRIBUTES_MAX, 'attributes')
  readonly #checkValue: (value: string) => void

  /** `checkValue` refuses values of attributes with ill-formed references. */
  constructor(document: string, checkValue: (value: string) => void) {
    this.#document = document
    this.#checkValue = checkValue
  }

  read(at: number, outer: Prefixes): Tag {
    const [plain, plainName] = this.#found(PLAIN_TAG, at) ?? []
    if (plain !== undefined && plainName !== undefined) {
      return { name: plainName, closed: plain.endsWith('/>'), prefixes: outer, end: at + plain.length }
    }
    const [start, prefix = '', local] = this.#found(START_OF_TAG, at) ?? notWellFormed()
    const attributes = this.#attributes(at + start.length)
    const end = attributes.reduce((index, { written }) => index + written.length, at + start.length)
    const [close, slash] = this.#found(END_OF_TAG, end) ?? notWellFormed()
    const prefixes = inside(attributes, outer)
    if (local !== undefined && !prefixes.has(prefix)) notWellFormed()
    return { name: start.slice(1), closed: slash === '/', prefixes, end: end + close.length }
  }

  #attributes(start: number): Attribute[] {
    const attributes: Attribute[] = []
    for (let at = start; ;) {
      const [written, prefix = '', local, double, single = ''] = this.#found(ATTRIBUTE, at) ?? []
      if (written === undefined) return attributes
      this.#attribute()
      const value = double ?? single
      this.#checkValue(value)
      attributes.push({ written, prefix, local, value })
      at += written.length
    }
  }

  #found(expression: RegExp, at: number): RegExpExecArray | null {
    expression.lastIndex = at
    return expression.exec(this.#document)
  }
}

interface Attribute {
  written: string
  /** The whole name when `local` is missing. */
  prefix: string
  local: string | undefined
  value: string
}

/** What prefixes stand for in an element with these attributes, no two of which have one name. */
function inside(attributes: readonly Attribute[], outer: Prefixes): Prefixes {
  const declared = attributes.filter(({ prefix }) => prefix === 'xmlns').map(declarationIn)
  const prefixes = declared.length === 0 ? outer : new Map([...outer, ...declared])
  const names = new Set(attributes.map((attribute) => fullName(attribute, prefixes)))
  if (names.size < attributes.length) notWellFormed()
  return prefixes
}

/** `xmlns="u"` declares the prefix `''`, which no name uses. */
function declarationIn({ local = '', value }: Attribute): readonly [prefix: string, namespace: string] {
  const namespace = value.replaceAll(/[\t\n]/g, ' ').trim()
  const isXml = local === 'xml'
  // Whether a reference spells a reserved namespace is not asked.
  if (namespace.includes('&') || namespace === XMLNS_NAMESPACE || local === 'xmlns') notWellFormed()
  if (isXml !== (namespace === XML_NAMESPACE) || (local !== '' && namespace === '')) notWellFormed()
  return [local, namespace]
}

function fullName({ prefix, local }: Attribute, prefixes: Prefixes): string {
  if (local === undefined) return prefix
  if (prefix === 'xmlns') return `${prefix}:${local}`
  return `{${prefixes.get(prefix) ?? notWellFormed()}}${local}`
}
