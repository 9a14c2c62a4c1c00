/**
 * Results as Markdown tables and as charts. All functions take plain rows and results; none reads a file.
 *
 * @module
 */

export { type ChartSpec, histogramChart, type HistogramChartOptions, renderSvg } from "./chart.ts";
export { count, fixed, type NumberFormat, percent, signed, significant } from "./format.ts";
export { type Histogram, histogram, type HistogramOptions } from "./histogram.ts";
export { type CellValue, type Column, markdownTable, type TableOptions } from "./table.ts";
