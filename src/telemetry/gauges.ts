import { Gauge, type Registry } from 'prom-client'

/** What every gauge of our own has in common. */
export const gaugesIn =
  (registry: Registry) =>
  <Label extends string = never>(name: string, help: string, labelNames: Label[] = []): Gauge<Label> =>
    new Gauge({ name: `receiver_${name}`, help, labelNames, registers: [registry] })

/** A time in the figures; 0: there is none. */
export const timestamp = (at: Date | null | undefined): number => (at ? +at / 1_000 : 0)
