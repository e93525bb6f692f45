import { bytesOfText, escaped } from '../../lib/byte-text.ts'
import type { WireFields } from '../provider.ts'

/**
 * Write fields as PHP's `http_build_query` does, which is what HiPay signs: space is `+`, brackets and `*` are
 * escaped, escapes are upper case.
 */
export function encodeForm(fields: WireFields): string {
  return pairsOf(fields, null)
    .map(([name, value]) => `${escapePart(name)}=${escapePart(value)}`)
    .join('&')
}

function pairsOf(fields: WireFields, prefix: string | null): [string, string][] {
  return Object.entries(fields).flatMap(([key, value]): [string, string][] => {
    const name = prefix === null ? key : `${prefix}[${key}]`
    return typeof value === 'string' ? [[name, value]] : pairsOf(value, name)
  })
}

const escapePart = (text: string): string => escaped(bytesOfText(text))

/** The same as HiPay's XML notification: `<notification>`, one element per name, merchant echoes in CDATA. */
export function encodeXml(fields: WireFields): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${elementOf('notification', fields, '')}\n`
}

/** Throws `TypeError` for a name that XML cannot carry: the caller chose the wrong encoding for these fields. */
function elementOf(name: string, value: string | WireFields, indent: string): string {
  if (!/^[A-Za-z_][\w.-]*$/.test(name)) throw new TypeError(`"${name}" cannot be the name of an XML element`)
  if (value === '') return `${indent}<${name}/>`
  if (typeof value === 'string') return `${indent}<${name}>${textOf(name, value)}</${name}>`
  // Layout inside an element without children would be its text.
  if (Object.keys(value).length === 0) return `${indent}<${name}/>`
  const children = Object.entries(value).map(([key, child]) => elementOf(key, child, `${indent}  `))
  return [`${indent}<${name}>`, ...children, `${indent}</${name}>`].join('\n')
}

function textOf(name: string, value: string): string {
  if (/^cdata\d+$/.test(name) && !/[\0\r]/.test(value)) {
    return `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
  }
  return value.replaceAll(/[&<>"'\r]/g, (character) => XML_ESCAPES[character] ?? character)
}

/** A carriage return would be normalised away by every XML reader unless it is a reference. */
const XML_ESCAPES: Readonly<Partial<Record<string, string>>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#13;',
}
