/** How a field of an event is published, and its value in an event that does not state it. */
export interface Field<Value = unknown> {
  type: FieldType
  /** Whether null means that the provider did not state it. */
  nullable: boolean
  description: string
  blank: Value
  /** False: two events that differ in it alone state the same fact. */
  identifies: boolean
}

export type FieldType =
  /** `amount`: whole minor units. `moment`: RFC 3339 in UTC. */
  | { kind: 'text' | 'amount' | 'integer' | 'number' | 'flag' | 'moment' | 'texts' | 'record' }
  | { kind: 'enumeration'; values: readonly string[] }
  | { kind: 'parts'; parts: Fields }

export type Fields = Readonly<Record<string, Field>>

/** The values that a table of fields describes. */
export type ValuesOf<Table> = {
  -readonly [Name in keyof Table]: Table[Name] extends Field<infer Value> ? Value : never
}

const nullable = <Value>(type: FieldType, description: string): Field<Value | null> => ({
  type,
  nullable: true,
  description,
  blank: null,
  identifies: true,
})

const stated = <Value>(type: FieldType, blank: Value, description: string): Field<Value> => ({
  type,
  nullable: false,
  description,
  blank,
  identifies: true,
})

export const text = (description = ''): Field<string | null> => nullable({ kind: 'text' }, description)
export const amount = (description: string): Field<number | null> => nullable({ kind: 'amount' }, description)
export const integer = (description: string): Field<number | null> =>
  nullable({ kind: 'integer' }, description)
export const number = (description = ''): Field<number | null> => nullable({ kind: 'number' }, description)
export const flag = (description = ''): Field<boolean | null> => nullable({ kind: 'flag' }, description)
export const moment = (description: string): Field<string | null> => nullable({ kind: 'moment' }, description)

export const oneOf = <Name extends string>(values: readonly Name[], description = ''): Field<Name | null> =>
  nullable({ kind: 'enumeration', values }, description)

export const parts = <Table extends Fields>(table: Table, description = ''): Field<ValuesOf<Table> | null> =>
  nullable({ kind: 'parts', parts: table }, description)

export const alwaysText = (description: string): Field<string> => stated({ kind: 'text' }, '', description)
export const alwaysMoment = (description: string): Field<string> =>
  stated({ kind: 'moment' }, '', description)
export const alwaysInteger = (): Field<number> => stated({ kind: 'integer' }, 0, '')
/** False unless stated. */
export const mark = (description: string): Field<boolean> => stated({ kind: 'flag' }, false, description)
export const texts = (description: string): Field<string[]> => stated({ kind: 'texts' }, [], description)
export const record = (description: string): Field<Record<string, string>> =>
  stated({ kind: 'record' }, {}, description)

export const alwaysOneOf = <Name extends string>(
  values: readonly Name[],
  blank: Name,
  description: string,
): Field<Name> => stated({ kind: 'enumeration', values }, blank, description)

/** Text for people, or a time of receipt: no part of the fact. */
export const displayOnly = <Value>(field: Field<Value>): Field<Value> => ({ ...field, identifies: false })
