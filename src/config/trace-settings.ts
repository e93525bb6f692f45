import { z } from 'zod'

/**
 * The settings of traces, under OpenTelemetry's own names
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/); no other name is supported.
 */

const url = z.string().refine(isHttpUrl, 'must be a URL that begins with http:// or https://')

function isHttpUrl(text: string): boolean {
  const protocol = URL.parse(text)?.protocol
  return protocol === 'http:' || protocol === 'https:'
}

const HEADER = /^\s*([!#$%&'*+.^_`|~\w-]+)\s*=\s*([\x20-\x7e]*?)\s*$/

/** `name=value,…`, values percent-encoded where they must be. */
const headers = z.string().transform((text, context) =>
  Object.fromEntries(
    text.split(',').map((entry, index) => {
      const [, name = '', value = ''] = HEADER.exec(entry) ?? []
      try {
        if (name !== '') return [name, decodeURIComponent(value)]
      } catch {
        // Said below, without the value.
      }
      context.addIssue({ code: 'custom', message: `entry ${index + 1} must be name=value, percent-encoded` })
      return ['', '']
    }),
  ),
)

/** Whether the caller's decision counts, and the share of the other requests. */
const SAMPLERS = {
  always_on: { followsCaller: false, share: 1 },
  always_off: { followsCaller: false, share: 0 },
  parentbased_always_on: { followsCaller: true, share: 1 },
  parentbased_always_off: { followsCaller: true, share: 0 },
  parentbased_traceidratio: { followsCaller: true, share: null },
} as const

const SAMPLER_NAMES = Object.keys(SAMPLERS) as (keyof typeof SAMPLERS)[]

const share = z
  .string()
  .regex(/^\d*\.?\d+$/, 'must be a number from 0 to 1')
  .transform(Number)
  .refine((value) => value <= 1, 'must be a number from 0 to 1')

export const traceFields = {
  OTEL_EXPORTER_OTLP_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url.optional(),
  OTEL_EXPORTER_OTLP_HEADERS: headers.optional(),
  OTEL_SERVICE_NAME: z.string().default('payment-notification-receiver'),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLER_NAMES, `must be one of ${SAMPLER_NAMES.join(', ')}`)
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: share.default(1),
}

type TraceSettings = z.infer<z.ZodObject<typeof traceFields>>

/** Where spans go and which requests have one; null: no endpoint is set, and there are none. */
export function tracesOf(settings: TraceSettings) {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: own } = settings
  const endpoint = own ?? (base === undefined ? undefined : `${base.replace(/\/$/, '')}/v1/traces`)
  if (endpoint === undefined) return null
  const { followsCaller, share } = SAMPLERS[settings.OTEL_TRACES_SAMPLER]
  return {
    endpoint,
    headers: settings.OTEL_EXPORTER_OTLP_HEADERS ?? {},
    serviceName: settings.OTEL_SERVICE_NAME,
    followsCaller,
    share: share ?? settings.OTEL_TRACES_SAMPLER_ARG,
  }
}
