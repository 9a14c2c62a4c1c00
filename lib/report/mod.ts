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
export {
  distanceChart,
  type DistanceChartOptions,
  type DistancePoint,
} from "./charts/distance_chart.ts";
export { errorChart, type ErrorChartOptions, type ErrorPoint } from "./charts/error_chart.ts";
export { type LayerCell, layerHeatMap, type LayerHeatMapOptions } from "./charts/layer_heat_map.ts";
export { lineChart, type LineChartOptions, type LinePoint } from "./charts/line_chart.ts";
export { marginChart, type MarginChartOptions, type MarginPoint } from "./charts/margin_chart.ts";
export {
  paretoChart,
  type ParetoChartOptions,
  paretoFront,
  type ParetoPoint,
} from "./charts/pareto_chart.ts";
export { ppChart, type PpChartOptions } from "./charts/pp_chart.ts";
export { qqChart, type QqChartOptions } from "./charts/qq_chart.ts";
export { quantizerChart, type QuantizerChartOptions } from "./charts/quantizer_chart.ts";
export type { LabelledLaw } from "./charts/series.ts";
export { sqnrChart, type SqnrChartOptions, type SqnrPoint } from "./charts/sqnr_chart.ts";
export { stepsChart, type StepsChartOptions } from "./charts/steps_chart.ts";
export type { FloatRule } from "./charts/float_rule.ts";
export type { ChartFrame } from "./charts/theme.ts";
export { csvOf, csvPage } from "./csv.ts";
export { type AccuracyRow, accuracyTable, type AccuracyTableOptions } from "./accuracy_table.ts";
export { display, type DisplayOptions } from "./display.ts";
export type { Clock } from "./display/live_line.ts";
export { type Displayable, jupyterDisplay, type MimeBundle } from "./display/mime_bundle.ts";
export type { OnProgress } from "./display/progress.ts";
export { count, fixed, type NumberFormat, percent, scaled, signed, significant } from "./format.ts";
export { type Histogram, histogram, type HistogramOptions } from "./histogram.ts";
export { type Fact, type Headline, htmlReport, type HtmlReportOptions } from "./html.ts";
export { type KeyNumbers, keyNumbers } from "./key_numbers.ts";
export { type Notebook, type NotebookHost, openNotebook, type WorkContext } from "./notebook.ts";
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
export { stepsTable } from "./steps_table.ts";
export { type ScriptReader, vegaScripts } from "./vega_scripts.ts";
