import type { Browser } from "playwright-core";
import { findCommand } from "./find_command.ts";
import { browserTest } from "./needs_browser.ts";

/** Jupyter's commands, the first of their names on the PATH; undefined where they are missing. */
export const jupyterPath: string | undefined = findCommand("jupyter");
const labPath = findCommand("jupyter-lab");

/**
 * Registers a test that starts a kernel with Jupyter. Without Jupyter it is skipped, with a visible line and a count at the end; `deno task ok`
 * skips it too, as a kernel takes seconds to start.
 */
export function jupyterTest(name: string, body: () => Promise<void>): void {
  const reason = jupyterPath === undefined
    ? "no jupyter"
    : Deno.env.get("BITBELL_SLOW") === "1"
    ? undefined
    : "slow";
  Deno.test({
    name: reason === undefined ? name : `${name} (skipped: ${reason})`,
    ignore: reason !== undefined,
    fn: body,
  });
}

/** Registers a test that looks at JupyterLab with a real browser; without either it is skipped, visibly. */
export function labTest(name: string, body: (browser: Browser) => Promise<void>): void {
  if (labPath !== undefined) return browserTest(name, body);
  Deno.test({ name: `${name} (skipped: no jupyterlab)`, ignore: true, fn: () => {} });
}
