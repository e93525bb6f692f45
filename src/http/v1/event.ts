import { z } from 'zod'
import type { Field, Fields } from '../../domain/event/field-descriptions.ts'
import { ATTRIBUTE_FIELDS, EVENT_FIELDS, SCHEMA_VERSION } from '../../domain/event/transaction-event.ts'

/**
 * The normalized event as it is published: the fields of the domain's table with the ids of its row. The source of
 * docs/transaction-event.schema.json; a test compares it with what the adapters produce.
 */

type SchemasOf<Table> = {
  [Name in keyof Table]: Table[Name] extends Field<infer Value> ? z.ZodType<Value> : never
}

/** A table of fields as the members of an object schema. */
function membersOf<Table extends Fields>(table: Table): SchemasOf<Table> {
  return Object.fromEntries(
    Object.entries(table).map(([name, field]) => [name, schemaOf(field)]),
  ) as SchemasOf<Table>
}

function schemaOf({ type, nullable, description }: Field): z.ZodType {
  const plain = plainSchemaOf(type)
  const schema = nullable ? plain.nullable() : plain
  return description === '' ? schema : schema.describe(description)
}

function plainSchemaOf(type: Field['type']): z.ZodType {
  switch (type.kind) {
    case 'text':
      return z.string()
    case 'amount':
    case 'integer':
      return z.int()
    case 'number':
      return z.number()
    case 'flag':
      return z.boolean()
    case 'moment':
      return z.iso.datetime()
    case 'texts':
      return z.array(z.string())
    case 'record':
      return z.record(z.string(), z.string())
    case 'enumeration':
      return z.enum(type.values)
    case 'parts':
      return z.object(membersOf(type.parts))
  }
}

const members = membersOf(EVENT_FIELDS)

/** Exactly the fields of `TransactionEvent`. */
export const transactionEventSchema = z.object(members)

/** What a transaction shows of them. */
export const attributeSchemas = Object.fromEntries(
  ATTRIBUTE_FIELDS.map((name) => [name, members[name]]),
) as Pick<typeof members, (typeof ATTRIBUTE_FIELDS)[number]>

/** The same with what the service adds when it publishes one. */
export const publishedEventSchema = z
  .object({
    id: z.uuid(),
    inboxId: z.uuid().describe('The message that it was drawn from'),
    schemaVersion: z.literal(SCHEMA_VERSION),
    ...members,
  })
  .describe('One normalized fact, drawn from one message. Null always means: the provider did not state it.')

/** JSON Schema (2020-12) of the published event. New fields may be added under the same `schemaVersion`. */
export function eventJsonSchema(): object {
  const { $schema, ...schema } = z.toJSONSchema(publishedEventSchema, {
    // The schema is for readers: they have to accept fields that a later version adds.
    io: 'input',
    override: ({ jsonSchema }) => {
      // `format` says the same, and so does "integer" as long as it is safe.
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern
      if (jsonSchema.type === 'integer') {
        delete jsonSchema.minimum
        delete jsonSchema.maximum
      }
    },
  })
  return { $schema, title: 'TransactionEvent', ...schema }
}
