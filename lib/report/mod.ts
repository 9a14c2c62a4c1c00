/**
 * Results as Markdown, CSV and HTML, and as charts. All functions take plain rows and results; none reads a file.
 *
 * @module
 */

export { type ChartSpec, histogramChart, type HistogramChartOptions, renderSvg } from "./chart.ts";
export {
  accuracyChart,
  type AccuracyChartOptions,
  type AccuracyPoint,
} from "./charts/accuracy_chart.ts";
export { errorChart, type ErrorChartOptions, type ErrorPoint } from "./charts/error_chart.ts";
export { type LayerCell, layerHeatMap, type LayerHeatMapOptions } from "./charts/layer_heat_map.ts";
export {
  paretoChart,
  type ParetoChartOptions,
  paretoFront,
  type ParetoPoint,
} from "./charts/pareto_chart.ts";
export { qqChart, type QqChartOptions } from "./charts/qq_chart.ts";
export type { FloatRule } from "./charts/float_rule.ts";
export type { ChartFrame } from "./charts/theme.ts";
export { csvOf, csvPage } from "./csv.ts";
export { count, fixed, type NumberFormat, percent, scaled, signed, significant } from "./format.ts";
export { type Histogram, histogram, type HistogramOptions } from "./histogram.ts";
export { type Fact, type Headline, htmlReport, type HtmlReportOptions } from "./html.ts";
export {
  type ColumnHead,
  markdownPage,
  type Page,
  type PageChart,
  type PageSection,
  type TableData,
  tabulate,
} from "./page.ts";
export { type CellValue, type Column, markdownTable, type TableOptions } from "./table.ts";
