import { count } from "../format.ts";

/** How far a task has come. */
export interface Progress {
  /** The share that is done, in `[0, 1]`; unknown of a task that goes on until something is met. */
  readonly share?: number;
  /** The same in words: "400 of 1,000". */
  readonly words?: string;
}

/** What the library's functions say of their progress: how many of all are done, the share that is, or after how many iterations. */
export interface OnProgress {
  (
    progress: number | { readonly iterations: number },
    total?: number,
  ): void;
}

/** What one call of `onProgress` says. */
export function progressOf(...[done, total]: Parameters<OnProgress>): Progress {
  if (typeof done === "object") return { words: `${count(done.iterations)} iterations` };
  if (total === undefined) return { share: done };
  return { share: total > 0 ? done / total : 1, words: `${count(done)} of ${count(total)}` };
}

/** Of several items so many are done, and a share of the next one. */
export function progressOfItems(done: number, share: number, total: number): Progress {
  return {
    share: total > 0 ? (done + share) / total : 1,
    words: `${count(done)} of ${count(total)}`,
  };
}

/** One line: what is done, how much of it, and what time that leaves, as far as each is known. */
export function progressText(
  label: string,
  { share, words }: Progress,
  secondsLeft?: number,
): string {
  // 100 * 0.29 is a rounding error below 29.
  const percent = share === undefined ? undefined : `${Math.floor(100 * share + 1e-9)} %`;
  const parts = [
    words !== undefined && percent !== undefined ? `${words} (${percent})` : words ?? percent,
    secondsLeft === undefined ? undefined : `about ${durationText(secondsLeft)} left`,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? `${label} ...` : `${label}: ${parts.join(", ")}`;
}

/** In the unit that leaves one or two digits, or minutes. */
function durationText(seconds: number): string {
  return seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
