/** A form's name without percent-encoding, one byte per character. */
export function plainName(raw: string): string {
  if (!raw.includes('%')) return raw
  return raw.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}
