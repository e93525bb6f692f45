/** The result for the first id that has one. */
export async function firstFound<Found>(
  ids: readonly string[],
  find: (id: string) => Promise<Found | null>,
): Promise<Found | null> {
  for (const id of ids) {
    const found = await find(id)
    if (found !== null) return found
  }
  return null
}
