import { display } from "./display.ts";
import { type Clock, type LiveLine, openLiveLine } from "./display/live_line.ts";
import { jupyterDisplay, type MimeBundle } from "./display/mime_bundle.ts";
import { type OnProgress, type Progress, progressOf, progressOfItems } from "./display/progress.ts";

/** What of the `Deno` of a Jupyter kernel is used. */
export interface NotebookHost {
  readonly jupyter: {
    display(
      bundle: MimeBundle,
      options: { readonly raw: true; readonly display_id?: string; readonly update?: boolean },
    ): Promise<unknown>;
  };
  addSignalListener(signal: "SIGINT", listener: () => void): void;
}

/** What the work of a cell is given. */
export interface WorkContext {
  /** Aborted when the cell is interrupted: for the `signal` of whatever takes long. */
  readonly signal: AbortSignal;
  /** Moves the line: for the `onProgress` of whatever takes long. */
  readonly onProgress: OnProgress;
}

/** What a notebook's cells show results and work with. The functions need no `this`. */
export interface Notebook {
  /**
   * Shows each value as {@linkcode display} does, one below the other; strings as Markdown.
   *
   * @throws {TypeError} If a value can't be shown; then none is.
   */
  readonly show: (...values: readonly unknown[]) => Promise<void>;
  /**
   * Does some work with one line that says how far it is, and gives its result. Work that computes for long without a pause moves no line, and
   * can't be interrupted.
   *
   * @throws {DOMException} An AbortError, at once, if the cell is interrupted. Work that doesn't heed its signal goes on unheard.
   */
  readonly watch: <Result>(
    label: string,
    work: (context: WorkContext) => Result | Promise<Result>,
  ) => Promise<Result>;
  /**
   * Does the work for one item after the other, with a pause after each and one line for all of them, and gives the results in order: those
   * that are done where the cell is interrupted, which the line then says.
   *
   * @throws What the work throws; then nothing is kept.
   */
  readonly each: <Item, Result>(
    label: string,
    items: Iterable<Item>,
    work: (item: Item, context: WorkContext) => Result | Promise<Result>,
  ) => Promise<Result[]>;
}

/** What to call for each task under way in a kernel when it is interrupted. */
type Interruptions = Set<() => void>;

/** One listener for each kernel, however often a notebook's first cell runs. */
const interruptionsOf = new WeakMap<NotebookHost, Interruptions>();

/**
 * Opens a notebook in a Deno kernel: the first cell of a notebook hands over the kernel's `Deno`, and the other cells show results, and do
 * long work under a live line that survives an interruption. An interruption ends what `watch` and `each` do, and nothing else: the kernel
 * goes on, and the next cell works.
 *
 * @param clock What time it is in milliseconds: with it, lines say what time is left. `performance` is one.
 *
 * @example In a cell: `const { show, watch, each } = openNotebook(Deno, performance);`
 * ```ts
 * import { openNotebook } from "@bitbell/bitbell/report";
 * import { assertEquals } from "@std/assert";
 *
 * const shown: unknown[] = [];
 * const host = {
 *   jupyter: { display: async (bundle: Record<string, unknown>) => void shown.push(bundle["text/plain"]) },
 *   addSignalListener: () => {},
 * };
 * const { show, each } = openNotebook(host);
 * const squares = await each("Squares", [1, 2, 3], (n) => n * n);
 * await show("**Done**");
 * assertEquals(squares, [1, 4, 9]);
 * assertEquals(shown.slice(-2), ["Squares: done, 3 of 3", "**Done**"]);
 * ```
 */
export function openNotebook(host: NotebookHost, clock?: Clock): Notebook {
  const interruptions = listenOnce(host);
  const openLine = (label: string) => {
    // Unlike a count, such a name isn't that of an output which an earlier kernel left in the notebook.
    const id = crypto.randomUUID();
    return openLiveLine(label, async (bundle, update) => {
      await host.jupyter.display(bundle, { raw: true, display_id: id, update });
    }, clock);
  };
  const follow = async <Result>(
    label: string,
    keeping: Keeping<Result>,
    work: (task: Task) => Result | Promise<Result>,
  ) => await followTask({ label, line: await openLine(label), interruptions, keeping }, work);

  return {
    async show(...values) {
      const displayables = values.map((value) => display(value));
      for (const displayable of displayables) {
        await host.jupyter.display(await displayable[jupyterDisplay](), { raw: true });
      }
      await pause(deliveryTime);
    },

    async watch(label, work) {
      return await follow(
        label,
        { words: "nothing of it is kept" },
        ({ signal, move }) => work({ signal, onProgress: (...args) => move(progressOf(...args)) }),
      );
    },

    async each<Item, Result>(
      label: string,
      items: Iterable<Item>,
      work: (item: Item, context: WorkContext) => Result | Promise<Result>,
    ) {
      const all = [...items];
      const results: Result[] = [];
      const keeping = { words: "what is done is kept", results: () => results };
      return await follow(label, keeping, async ({ signal, move }) => {
        const moveTo = (share = 0) => move(progressOfItems(results.length, share, all.length));
        const context: WorkContext = {
          signal,
          onProgress: (...args) => moveTo(progressOf(...args).share),
        };
        moveTo();
        for (const item of all) {
          const result = await work(item, context);
          // Then it comes too late: the caller has the others.
          signal.throwIfAborted();
          results.push(result);
          moveTo();
          await pause();
        }
        return results;
      });
    },
  };
}

/**
 * How long an output is given to leave the kernel, in milliseconds: the word that a cell has ended may overtake it, and who waits for that
 * alone, as `nbconvert` does, loses the output.
 */
const deliveryTime = 50;

/** Lets the line be drawn and an interruption be heard, also where the work is all computation. */
function pause(milliseconds = 0): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function listenOnce(host: NotebookHost): Interruptions {
  const known = interruptionsOf.get(host);
  if (known !== undefined) return known;
  const interruptions: Interruptions = new Set();
  host.addSignalListener("SIGINT", () => interruptions.forEach((interrupt) => interrupt()));
  interruptionsOf.set(host, interruptions);
  return interruptions;
}

/** What work under a line is given. */
interface Task {
  readonly signal: AbortSignal;
  readonly move: (progress: Progress) => void;
}

/** What of interrupted work is kept: in words, and the result, if there is one. */
interface Keeping<Result> {
  readonly words: string;
  readonly results?: () => Result;
}

/** Does work under a line until it ends, fails or is interrupted; the line's last words say which. */
async function followTask<Result>(
  { label, line, interruptions, keeping }: {
    readonly label: string;
    readonly line: LiveLine;
    readonly interruptions: Interruptions;
    readonly keeping: Keeping<Result>;
  },
  work: (task: Task) => Result | Promise<Result>,
): Promise<Result> {
  const controller = new AbortController();
  const { signal } = controller;
  const interruption = Promise.withResolvers<never>();
  let reached: string | undefined;
  const interrupt = () => {
    const at = reached === undefined ? "" : ` at ${reached}`;
    const sentence =
      `${label}: interrupted${at}; ${keeping.words}, run the cell again to do it all`;
    const error = new DOMException(sentence, "AbortError");
    // First the one who waits, then the work, which may fail with an error of its own.
    interruption.reject(error);
    controller.abort(error);
  };
  const move = (progress: Progress) => {
    reached = progress.words ?? reached;
    line.update(progress);
  };
  interruptions.add(interrupt);
  try {
    const working = (async () => await work({ signal, move }))();
    const result = await Promise.race([working, interruption.promise]);
    await line.end(`${label}: done${reached === undefined ? "" : `, ${reached}`}`);
    return result;
  } catch (error) {
    const isInterrupted = signal.aborted && error === signal.reason;
    const failed = `${label}: failed${reached === undefined ? "" : ` at ${reached}`}`;
    await line.end(isInterrupted ? (signal.reason as Error).message : failed);
    if (isInterrupted && keeping.results !== undefined) return keeping.results();
    throw error;
  } finally {
    interruptions.delete(interrupt);
    await pause(deliveryTime);
  }
}
