/** One thing in several forms by their MIME types: a front end shows the richest that it knows. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** The name under which a Deno kernel looks for how to show a value. */
export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display");

/** What a notebook can show: as the last expression of a cell, or by `show`. */
export interface Displayable {
  readonly [jupyterDisplay]: () => Promise<MimeBundle>;
}

/** Whether a value says itself how it is shown. */
export function isDisplayable(value: unknown): value is Displayable {
  return typeof value === "object" && value !== null && jupyterDisplay in value;
}
