import { type KeyNumbers, keyNumbersType } from "../key_numbers.ts";
import type { TableData } from "../page.ts";
import { hasFields } from "./fields.ts";
import type { View } from "./view.ts";

export function isTable(value: unknown): value is TableData {
  return hasFields(value, "columns", "rows") && Array.isArray((value as TableData).columns) &&
    Array.isArray((value as TableData).rows);
}

export function isKeyNumbers(value: unknown): value is KeyNumbers {
  return isTable(value) && hasFields(value, "keyNumbers");
}

export function tableView(table: TableData): View {
  return { tables: [table] };
}

/** The table for people, the numbers for programs. */
export function keyNumbersView(table: KeyNumbers): View {
  return { tables: [table], data: { [keyNumbersType]: table.keyNumbers } };
}
