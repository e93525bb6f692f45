import * as common from '@grafana/grafana-foundation-sdk/common'
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus'
import * as stat from '@grafana/grafana-foundation-sdk/stat'
import * as table from '@grafana/grafana-foundation-sdk/table'
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries'

/** How the panels of the dashboard are made. */

/** Grafana asks for the data source when the dashboard is imported. */
const SOURCE = { type: 'prometheus', uid: '${datasource}' }

export type Panel = timeseries.PanelBuilder | stat.PanelBuilder | table.PanelBuilder

/** `[query, legend]`; the legend names labels as Grafana does. */
type Queries = readonly (readonly [expr: string, legend: string])[]

interface Shown {
  title: string
  description: string
  unit: string
  queries: Queries
}

function filled<Kind extends Panel>(panel: Kind, { title, description, unit, queries }: Shown): Kind {
  panel.title(title).description(description).unit(unit).datasource(SOURCE)
  for (const [expr, legend] of queries)
    panel.withTarget(new prometheus.DataqueryBuilder().expr(expr).legendFormat(legend))
  return panel
}

export const curve = (shown: Shown): Panel => filled(new timeseries.PanelBuilder(), shown).height(8).span(8)

const LATEST = new common.ReduceDataOptionsBuilder().calcs(['lastNotNull'])

export const figure = (shown: Shown): Panel =>
  filled(new stat.PanelBuilder().reduceOptions(LATEST), shown).height(4).span(4)

/** The labels of one query as rows. */
export function rows(shown: Shown): Panel {
  const panel = new table.PanelBuilder().height(8).span(12)
  panel.title(shown.title).description(shown.description).unit(shown.unit).datasource(SOURCE)
  for (const [expr] of shown.queries)
    panel.withTarget(
      new prometheus.DataqueryBuilder().expr(expr).instant().format(prometheus.PromQueryFormat.Table),
    )
  return panel
}
