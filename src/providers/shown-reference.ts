/** How an identifier is shown that may not be: what is left of it, and a digest of twenty characters. */
const SHOWN = /~[a-z2-7]{20}$/

/** A test of references that takes the shown form of a replaced one too. */
export const referenceTest =
  (issued: RegExp) =>
  (text: string): boolean =>
    issued.test(text) || SHOWN.test(text)
