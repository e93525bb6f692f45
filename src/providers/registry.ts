import { be2bill } from './be2bill/index.ts'
import { hipay } from './hipay/index.ts'
import { adapterOf } from './find-adapter.ts'
import type { Provider } from './provider.ts'

/** Every provider the service speaks with. A third one is a folder beside these and a line here. */
export const providers: readonly Provider[] = [hipay, be2bill]

/** One of them by either of its names. */
export const providerOf = (name: string): Provider | undefined => adapterOf(providers, name)
