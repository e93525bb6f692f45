import { createKeyRing } from '../../src/lib/key-ring.ts'

/** No key: what is stored stays in clear. */
export const NO_KEYS = createKeyRing([])
