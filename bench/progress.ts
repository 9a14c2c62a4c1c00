import process from "node:process";
import { Presets, SingleBar } from "cli-progress";
import { count } from "../lib/report/format.ts";
import { duration } from "./duration.ts";

/** How much there is to do, or done: in seconds as estimated, and in cells. */
interface Amount {
  readonly seconds: number;
  readonly cells: number;
}

/** A progress bar on the error output; silent where that is not a terminal. */
export interface Progress {
  /** How much is done, and what is being done. */
  readonly update: (done: Amount & { readonly what: string }) => void;
  /** Takes the bar away, so that something else can be printed. */
  readonly clear: () => void;
}

/** How much of the estimate counts as much as what was seen since the start, in seconds. */
const trust = 5;

/** Starts a progress bar for an amount of work. */
export function startProgress(total: Amount): Progress {
  if (!Deno.stderr.isTerminal()) return { update: () => {}, clear: () => {} };
  const start = performance.now();
  const bar = new SingleBar({
    format: "{bar} {percentage} %, {cells} of {all} cells, {rate} per minute, {left} left: {what}",
    stream: process.stderr,
    barsize: 24,
    clearOnComplete: true,
  }, Presets.shades_classic);
  let running = false;
  return {
    update({ seconds, cells, what }) {
      const elapsed = (performance.now() - start) / 1000;
      const left = duration((total.seconds - seconds) * (elapsed + trust) / (seconds + trust));
      const shown = { left, what, cells, all: total.cells, rate: perMinute(cells, elapsed) };
      const value = Math.min(seconds, total.seconds);
      if (running) bar.update(value, shown);
      else bar.start(total.seconds, value, shown);
      running = true;
    },
    clear() {
      if (running) bar.stop();
      running = false;
    },
  };
}

/** So many in so many seconds as a rate: "0.25", "7.5", "390". */
export function perMinute(amount: number, seconds: number): string {
  const rate = 60 * amount / seconds;
  return rate < 10 ? rate.toPrecision(2) : count(Math.round(rate));
}
