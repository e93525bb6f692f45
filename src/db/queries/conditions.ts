/** What each filter of a list asks of a row. The compiler refuses a filter without a condition, and a condition without a filter. */
export type Conditions<Filter, Where> = {
  [Name in keyof Filter]-?: (value: NonNullable<Filter[Name]>) => Where
}

/** The conditions of the filters that were given. */
export function conditionsOf<Filter extends object, Where>(
  filter: Filter,
  conditions: Conditions<Filter, Where>,
): Where[] {
  const names = Object.keys(filter) as (keyof Filter)[]
  return names.flatMap((name) => {
    const value = filter[name]
    return value === undefined || value === null ? [] : [conditions[name](value)]
  })
}
