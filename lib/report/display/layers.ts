import type { LayerReport } from "../../compression/layer_report.ts";
import type { QuantizedCheckpoint } from "../../compression/quantize_checkpoint.ts";
import { count, fixed, percent, significant } from "../format.ts";
import type { Column } from "../table.ts";
import { hasFields, isArrayOf } from "./fields.ts";
import { counted, shapeText, sqnrOf } from "./numbers.ts";
import { tableOf } from "./table_of.ts";
import type { View } from "./view.ts";

/** Of a quantized checkpoint what is shown. */
type QuantizedReport = Pick<QuantizedCheckpoint, "layers" | "failures" | "transforms">;

export function isLayer(value: unknown): value is LayerReport {
  return hasFields(value, "name", "shape", "method", "relativeMse", "sqnrDb", "effectiveBits");
}

export function isLayers(value: unknown): value is readonly LayerReport[] {
  return isArrayOf(value, isLayer);
}

export function isQuantizedCheckpoint(value: unknown): value is QuantizedReport {
  return hasFields(value, "checkpoint", "layers", "failures", "transforms");
}

/** What quantization did to each tensor, and to all of them. */
export function layersView(layers: readonly LayerReport[]): View {
  const size = sumOf(layers, ({ size }) => size);
  const method = commonValue(layers, ({ method }) => method);
  const bits = commonValue(layers, ({ bits }) => bits);
  const granularity = commonValue(layers, ({ granularity }) => granularity);
  const isDesigned = layers.some(({ families }) => Object.keys(families).length > 0);
  const columns: readonly Column<LayerReport>[] = [
    { title: "tensor", value: ({ name }) => name },
    { title: "shape", value: ({ shape }) => shapeText(shape) },
    { title: "weights", value: ({ size }) => size, format: count },
    { title: "method", value: (layer) => method === undefined ? layer.method : undefined },
    { title: "book per", value: (layer) => granularity ? undefined : layer.granularity },
    {
      title: "bits",
      value: (layer) => bits === undefined ? layer.bits : undefined,
      format: asBits,
    },
    isDesigned
      ? { title: "law", value: familiesText }
      : { title: "nearest law by KS", value: ({ selection }) => selection?.chosen.family },
    { title: "MSE / variance", value: relativeMseOf, format: significant(3) },
    { title: "SQNR", unit: "dB", value: sqnrOf, format: fixed(2) },
    {
      title: "beyond the levels",
      unit: "%",
      value: ({ saturation }) => saturation,
      format: percent(2),
    },
    { title: "effective bits", value: ({ effectiveBits }) => effectiveBits, format: fixed(3) },
  ];
  const settings = [
    ...(method === undefined ? [] : [method]),
    ...(bits === undefined ? [] : [`${asBits(bits)} bit${bits === 1 ? "" : "s"}`]),
    ...(granularity === undefined ? [] : [`a book per ${granularity}`]),
  ];
  const extent = `${counted(layers.length, "tensor")}, ${counted(size, "weight")}`;
  const overTensors = sumOf(layers, relativeMseOf) / layers.length;
  const overWeights = sumOf(layers, (layer) => relativeMseOf(layer) * layer.size) / size;
  const effectiveBits = sumOf(layers, ({ effectiveBits, size }) => effectiveBits * size) / size;
  return {
    title: settings.length === 0 ? extent : `${settings.join(", ")}: ${extent}`,
    tables: [tableOf(layers, columns)],
    notes: [
      `Mean of MSE / variance over the tensors: ${
        significant(4)(overTensors)
      }; weighted by their weights: ${significant(4)(overWeights)}.`,
      `Effective bits of all weights: ${fixed(3)(effectiveBits)}.`,
    ],
  };
}

/** The same, with what was changed before and what could not be quantized. */
export function quantizedCheckpointView({ layers, failures, transforms }: QuantizedReport): View {
  const { foldedNorms, equalizedPairs, correctedBiases } = transforms;
  const changes = [
    { number: foldedNorms.length, what: "folded norm" },
    { number: equalizedPairs.length, what: "equalized pair of layers" },
    { number: correctedBiases.length, what: "corrected bias" },
  ].filter(({ number }) => number > 0);
  const view = layers.length === 0
    ? { title: "No tensor was quantized", tables: [] }
    : layersView(layers);
  return {
    ...view,
    notes: [
      ...(view.notes ?? []),
      ...changes.map(({ number, what }) => `Changes to the network: ${what}, ${count(number)}.`),
      ...failures.map(({ name, message }) => `Not quantized: ${name}. ${message}`),
    ],
  };
}

/** JSON writes null for Infinity, which is that of a layer of equal weights. */
function relativeMseOf({ relativeMse }: LayerReport): number {
  return relativeMse ?? Infinity;
}

/** What all layers have in common; undefined where they differ. */
function commonValue<Value>(
  layers: readonly LayerReport[],
  read: (layer: LayerReport) => Value,
): Value | undefined {
  const [first, ...others] = new Set(layers.map(read));
  return others.length === 0 ? first : undefined;
}

/** "laplace", or how many groups follow which. */
function familiesText({ families }: LayerReport): string | undefined {
  const entries = Object.entries(families);
  if (entries.length <= 1) return entries[0]?.[0];
  return entries.map(([family, groups]) => `${family} ${count(groups)}`).join(", ");
}

/** Widths are whole, but for the mean of those of channels. */
function asBits(bits: number): string {
  return Number.isInteger(bits) ? String(bits) : fixed(2)(bits);
}

function sumOf(layers: readonly LayerReport[], read: (layer: LayerReport) => number): number {
  return layers.reduce((sum, layer) => sum + read(layer), 0);
}
