import { accuracyView, isAccuracy } from "./display/accuracy.ts";
import { chartBundle, isChart } from "./display/chart.ts";
import { checkpointView, isCheckpoint } from "./display/checkpoint.ts";
import { codebookView, isCodebook } from "./display/codebook.ts";
import { isKsTest, ksTestView } from "./display/ks_test.ts";
import { isLaw, isLaws, lawsView, lawView } from "./display/laws.ts";
import {
  isLayer,
  isLayers,
  isQuantizedCheckpoint,
  layersView,
  quantizedCheckpointView,
} from "./display/layers.ts";
import {
  type Displayable,
  isDisplayable,
  jupyterDisplay,
  type MimeBundle,
} from "./display/mime_bundle.ts";
import { isQuantizationError, quantizationErrorView } from "./display/quantization_error.ts";
import { isSelection, selectionView } from "./display/selection.ts";
import { isKeyNumbers, isTable, keyNumbersView, tableView } from "./display/table.ts";
import { bundleOf, type View } from "./display/view.ts";

/** Options for {@linkcode display}. */
export interface DisplayOptions {
  /**
   * How many rows a table shows at most: of a longer one those in the middle are left out, with a word on how many.
   *
   * @default {40}
   */
  readonly rows?: number;
}

/** What makes a bundle of a value, if it is of its kind. */
type Kind = (value: unknown, rows: number) => (() => MimeBundle | Promise<MimeBundle>) | undefined;

/** A kind of value that is shown as tables. */
function kind<Value>(is: (value: unknown) => value is Value, viewOf: (value: Value) => View): Kind {
  return (value, rows) => is(value) ? () => bundleOf(viewOf(value), rows) : undefined;
}

/** The first that fits: what has the fields of another kind and more comes before it. */
const kinds: readonly Kind[] = [
  (value) => isDisplayable(value) ? () => value[jupyterDisplay]() : undefined,
  (value) => typeof value === "string" ? () => markdownBundle(value) : undefined,
  kind(isKeyNumbers, keyNumbersView),
  kind(isTable, tableView),
  kind(isSelection, selectionView),
  kind(isCodebook, codebookView),
  kind(isQuantizedCheckpoint, quantizedCheckpointView),
  kind(isLayers, layersView),
  kind(isLayer, (layer) => layersView([layer])),
  kind(isAccuracy, accuracyView),
  kind(isCheckpoint, checkpointView),
  kind(isKsTest, ksTestView),
  kind(isQuantizationError, quantizationErrorView),
  kind(isLaw, lawView),
  kind(isLaws, lawsView),
  (value) => isChart(value) ? () => chartBundle(value) : undefined,
];

/**
 * How a notebook shows a result: the last expression of a cell, or what `show` of `openNotebook` is given. The result itself stays plain data.
 *
 * Laws and fits (one, or several as the rows of a table), a selection, a Kolmogorov-Smirnov test, a codebook, layer reports and whole quantized
 * checkpoints, an accuracy, a quantization error, a checkpoint, `TableData` and key numbers become tables: as HTML, as Markdown and as
 * text, numbers to the right, units in the headings, colours left to the front end's theme. What JSON or `structuredClone` made of a result is
 * shown like the result. A chart is a Vega-Lite specification for front ends that draw it, an SVG for the others, and its titles
 * and series in words. A string is Markdown. What says itself how it is shown is taken as it is.
 *
 * @throws {TypeError} If the value is none of these.
 * @throws {RangeError} If `rows` is not at least 2.
 *
 * @example
 * ```ts
 * import { gaussian, lloydMax } from "@bitbell/bitbell";
 * import { display, jupyterDisplay } from "@bitbell/bitbell/report";
 * import { assertStringIncludes } from "@std/assert";
 *
 * const codebook = lloydMax(gaussian({ mean: 0, standardDeviation: 1 }), { bits: 2 });
 * const bundle = await display(codebook)[jupyterDisplay]();
 * assertStringIncludes(String(bundle["text/plain"]), "4 levels (2 bits) by lloyd-max");
 * ```
 */
export function display(value: unknown, { rows = 40 }: DisplayOptions = {}): Displayable {
  if (!(rows >= 2)) {
    throw new RangeError(
      `Cannot display a table as rows must be at least 2: current value is ${rows}`,
    );
  }
  for (const kind of kinds) {
    const bundle = kind(value, rows);
    if (bundle !== undefined) return { [jupyterDisplay]: async () => await bundle() };
  }
  throw new TypeError(
    `Cannot display a value as it must be a result of Bitbell, a table, a chart or a string: current value is ${
      describe(value)
    }`,
  );
}

function markdownBundle(text: string): MimeBundle {
  return { "text/markdown": text, "text/plain": text };
}

/** What a value is, in a few words. */
function describe(value: unknown): string {
  if (Array.isArray(value)) {
    if (value.length === 0) return "an empty array";
    const [first, ...others] = new Set(value.map(describe));
    const also = others.length === 0 ? "" : ` and holds ${others[0]}`;
    return `an array that begins with ${first}${also}`;
  }
  if (value instanceof Promise) return "a promise: await it first";
  if (typeof value === "function") return `the function ${value.name}`;
  if (typeof value !== "object" || value === null) return String(value);
  const name = value.constructor?.name ?? "Object";
  if (name !== "Object") return `an object of type ${name}`;
  const keys = Object.keys(value);
  return keys.length === 0 ? "an empty object" : `an object with ${keys.slice(0, 5).join(", ")}`;
}
