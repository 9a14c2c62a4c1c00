import process from "node:process";
import { Presets, SingleBar } from "cli-progress";
import { duration } from "./duration.ts";

/** A progress bar on the error output; silent where that is not a terminal. */
export interface Progress {
  /** How much is done, in the unit of the total, and what is being done. */
  readonly update: (done: number, what: string) => void;
  /** Takes the bar away, so that something else can be printed. */
  readonly clear: () => void;
}

/** How much of the estimate counts as much as what was seen since the start, in seconds. */
const trust = 5;

/** Starts a progress bar for an amount of work, in seconds as estimated. */
export function startProgress(total: number): Progress {
  if (!Deno.stderr.isTerminal()) return { update: () => {}, clear: () => {} };
  const start = performance.now();
  const bar = new SingleBar({
    format: "{bar} {percentage} %, {left} left: {what}",
    stream: process.stderr,
    barsize: 24,
    clearOnComplete: true,
  }, Presets.shades_classic);
  let running = false;
  return {
    update(done, what) {
      const elapsed = (performance.now() - start) / 1000;
      const left = duration((total - done) * (elapsed + trust) / (done + trust));
      if (!running) bar.start(total, 0, { left, what });
      running = true;
      bar.update(Math.min(done, total), { left, what });
    },
    clear() {
      if (running) bar.stop();
      running = false;
    },
  };
}
