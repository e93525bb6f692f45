import { withStores } from '../compose/database.ts'
import { ConfigurationError, type Environment } from '../config/settings.ts'
import { exportPages } from '../queries/export.ts'
import { loadCommandSettings } from './accounts-file.ts'
import type { Outcome, Streams } from './command-line.ts'
import { CSV, JSON_LINES } from './export-formats.ts'

/** `export`: the payments of a period, and what is open about them. */
export interface ExportOptions {
  from: Date
  to: Date
  provider?: string
  account?: string
  open?: boolean
  json?: boolean
}

/** A line of progress after so many rows were read. */
const PROGRESS = 20_000

/** Row by row as they are read: memory does not grow with the period, and a reader that is slow is waited for. */
export async function exportCommand(
  { from, to, provider, account, open = false, json = false }: ExportOptions,
  environment: Environment,
  { data, err }: Streams,
): Promise<Outcome> {
  if (from >= to) throw new ConfigurationError(['--from: must be before the end of --to'])
  const scope = { from, to, provider: provider ?? null, account: account ?? null, open }
  const { head, write } = json ? JSON_LINES : CSV
  const rows = await withStores(loadCommandSettings(environment), async ({ exports }) => {
    const total = { read: 0, written: 0 }
    await data(head)
    for await (const page of exportPages(exports, scope)) {
      await data(write(page.rows))
      const before = Math.floor(total.read / PROGRESS)
      total.read += page.read
      total.written += page.rows.length
      if (Math.floor(total.read / PROGRESS) > before) err(`${total.read} read, ${total.written} written …`)
    }
    return total.written
  })
  return { ok: true, text: `${rows} rows.`, json: { rows }, aside: true }
}
