/**
 * Key numbers: the figures that a notebook's prose is about, shown under a MIME type of their own and held to `key_numbers.json`,
 * so that a change of the library that moves them is seen.
 */
import { isCode, nameOf, type NotebookFile } from "./notebook_file.ts";

export const keyNumbersMime = "application/vnd.bitbell.key-numbers+json";

/** With which data a notebook ran: nothing but what the repository brings along, or the folder of `BITBELL_DATA`. */
export type DataKind = "embedded" | "data";

/** A figure and by which share of it a run may differ; where the figure is 0, by how much. */
export interface KeyNumber {
  readonly value: number;
  readonly tolerance: number;
}

/** Of one notebook with one kind of data, by name. */
export type KeyNumbers = Readonly<Record<string, KeyNumber>>;

/** The content of key_numbers.json, by notebook (without ".ipynb"). */
export type KeyNumbersFile = Record<string, Partial<Record<DataKind, KeyNumbers>>>;

/** For figures that key_numbers.json doesn't have: room for another order of sums, and no more. */
const defaultTolerance = 1e-6;

/** The key numbers that a run shows, and what is wrong with them. */
export interface ShownKeyNumbers {
  readonly numbers: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

export function readKeyNumbers(notebook: NotebookFile): ShownKeyNumbers {
  const numbers: Record<string, number> = {};
  const problems: string[] = [];
  for (const cell of notebook.cells.filter(isCode)) {
    for (const output of cell.outputs ?? []) {
      if (!("data" in output)) continue;
      const shown = output.data[keyNumbersMime] ?? {};
      for (const [name, value] of Object.entries(shown)) {
        if (typeof value !== "number") {
          problems.push(`key number "${name}" of ${nameOf(cell, notebook)} is no number: ${value}`);
        } else if (name in numbers) {
          problems.push(`key number "${name}" is shown twice, in ${nameOf(cell, notebook)} again`);
        } else numbers[name] = value;
      }
    }
  }
  if (Object.keys(numbers).length === 0) problems.push("no cell shows key numbers");
  return { numbers, problems };
}

/** What differs from the expected figures, one sentence each: missing ones, new ones, other values. */
export function compareKeyNumbers(
  numbers: Readonly<Record<string, number>>,
  expected: KeyNumbers,
): string[] {
  const missing = Object.keys(expected)
    .filter((name) => !(name in numbers))
    .map((name) => `key number "${name}" of key_numbers.json is missing`);
  const others = Object.entries(numbers).flatMap(([name, value]) => {
    const known = expected[name];
    if (known === undefined) {
      return [`key number "${name}" is ${value}, and not in key_numbers.json: --write adds it`];
    }
    if (agrees(value, known)) return [];
    return [
      `key number "${name}" is ${value} in place of ${known.value} (tolerance ${known.tolerance})`,
    ];
  });
  return [...missing, ...others];
}

/** The figures as key_numbers.json keeps them: new values with the tolerances that stood there. */
export function keepTolerances(
  numbers: Readonly<Record<string, number>>,
  expected: KeyNumbers,
): KeyNumbers {
  return Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => {
      const known = expected[name];
      // A figure within its tolerance stays, so that another machine's last digits are no change.
      if (known !== undefined && agrees(value, known)) return [name, known];
      return [name, { value, tolerance: known?.tolerance ?? defaultTolerance }];
    }),
  );
}

export async function readKeyNumbersFile(path: string | URL): Promise<KeyNumbersFile> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return {};
    throw error;
  }
}

/** Notebooks in the order of their names, figures in the order in which they are shown. */
export function writeKeyNumbersFile(path: string | URL, file: KeyNumbersFile): void {
  const sorted = Object.fromEntries(Object.entries(file).sort(([a], [b]) => a < b ? -1 : 1));
  Deno.writeTextFileSync(path, JSON.stringify(sorted, null, 2) + "\n");
}

function agrees(value: number, { value: expected, tolerance }: KeyNumber): boolean {
  const scale = expected === 0 ? 1 : Math.abs(expected);
  return Math.abs(value - expected) <= tolerance * scale;
}
