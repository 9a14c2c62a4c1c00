import { escapeHtml } from "../html_table.ts";
import type { MimeBundle } from "./mime_bundle.ts";
import { type Progress, progressText } from "./progress.ts";

/** Shows an output, or puts another in its place. */
export type SendOutput = (bundle: MimeBundle, isUpdate: boolean) => Promise<void>;

/** A clock in milliseconds, such as `performance`. */
export interface Clock {
  now(): number;
}

/** One output that is replaced while a task goes on. */
export interface LiveLine {
  /** Shows how far it is, unless the line was changed a moment ago or the front end is still busy with that. */
  update(progress: Progress): void;
  /** The last words; nothing changes them. Never rejects. */
  end(text: string): Promise<void>;
}

/** Between two changes of a line, in milliseconds. */
const leastInterval = 250;
/** Without a clock: between two changes, as a share of the task. */
const leastShare = 0.02;
/** A rate that was measured for less time, in milliseconds, or on a smaller share is that of the start. */
const leastMeasured = { time: 1000, share: 0.05 };

/** Shows a line for a task that begins. */
export async function openLiveLine(
  label: string,
  send: SendOutput,
  clock?: Clock,
): Promise<LiveLine> {
  const started = clock?.now() ?? 0;
  let lastTime = started, lastShare = 0;
  let isEnded = false, isBusy = false;
  let sending: Promise<void> = Promise.resolve();
  await send(lineBundle(progressText(label, {})), false);

  const isSoon = ({ share = lastShare }: Progress) =>
    clock === undefined
      ? Math.abs(share - lastShare) < leastShare
      : clock.now() - lastTime < leastInterval;
  const secondsLeft = (share: number | undefined) => {
    if (clock === undefined || share === undefined) return undefined;
    if (share < leastMeasured.share || share >= 1) return undefined;
    const elapsed = clock.now() - started;
    if (elapsed < leastMeasured.time) return undefined;
    return elapsed * (1 - share) / share / 1000;
  };
  return {
    update(progress) {
      if (isEnded || isBusy || isSoon(progress)) return;
      lastTime = clock?.now() ?? 0;
      lastShare = progress.share ?? lastShare;
      isBusy = true;
      const text = progressText(label, progress, secondsLeft(progress.share));
      // A line that can't be drawn must not end the work.
      sending = send(lineBundle(text, progress.share), true).catch(() => {}).then(() => {
        isBusy = false;
      });
    },
    async end(text) {
      isEnded = true;
      await sending;
      // Nor must it cost the result, or hide the error that ended the work.
      await send(lineBundle(text), true).catch(() => {});
    },
  };
}

function lineBundle(text: string, share?: number): MimeBundle {
  const bar = share === undefined ? "" : `<progress value="${share.toFixed(3)}"></progress> `;
  return { "text/html": `<p>${bar}${escapeHtml(text)}</p>`, "text/plain": text };
}
