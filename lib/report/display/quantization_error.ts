import type { QuantizationError } from "../../codebooks/quantization_error.ts";
import { count, fixed, significant } from "../format.ts";
import type { Column } from "../table.ts";
import { hasFields } from "./fields.ts";
import { sqnrOf } from "./numbers.ts";
import { tableOf } from "./table_of.ts";
import type { View } from "./view.ts";

type AnyError =
  & Omit<QuantizationError, "saturated">
  & Partial<Pick<QuantizationError, "saturated">>;

export function isQuantizationError(value: unknown): value is AnyError {
  return hasFields(value, "size", "mse", "sqnrDb", "maxAbsolute");
}

/** What a book, or any reconstruction, costs on values. */
export function quantizationErrorView(error: AnyError): View {
  return { tables: [tableOf([error], columns)] };
}

const columns: readonly Column<AnyError>[] = [
  { title: "MSE", value: ({ mse }) => mse, format: significant(4) },
  { title: "SQNR", unit: "dB", value: sqnrOf, format: fixed(2) },
  { title: "largest error", value: ({ maxAbsolute }) => maxAbsolute, format: significant(4) },
  { title: "values beyond the levels", value: ({ saturated }) => saturated, format: count },
  { title: "values", value: ({ size }) => size, format: count },
];
