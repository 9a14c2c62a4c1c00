import type { Request } from "./messages.ts";
import { startWorker, type WorkerHandle, WorkerStopped } from "./worker_handle.ts";

type RequestOf<Kind> = Extract<Request, { kind: Kind }>;

/** A place with a worker: one that stops is replaced, and what it was doing is done once more; stopping twice at it is an error. */
export interface Lane {
  /** Starts the worker, so that a backend that can't start is told early. */
  open(): Promise<void>;
  /** Has the worker build a network, and whichever comes in its place. */
  load(request: RequestOf<"load">): Promise<void>;
  /** The ranks of the labels of the images `from` to `to - 1`, whose pixels `read` gives, to be handed over, where no memory is shared. */
  rank(
    from: number,
    to: number,
    read?: () => Promise<Uint8Array<ArrayBuffer>>,
  ): Promise<Uint16Array>;
  /** Ends the worker; what is under way rejects, as does what comes after. */
  close(): void;
}

/** A lane whose workers run this module on these images. */
export function createLane(images: RequestOf<"open">, module: URL): Lane {
  let worker: WorkerHandle | undefined;
  let network: RequestOf<"load"> | undefined;
  let loaded: RequestOf<"load"> | undefined;
  let closed = false;

  async function readyWorker(): Promise<WorkerHandle> {
    if (closed) throw new Error("Cannot evaluate as the evaluator is closed");
    if (worker === undefined) {
      worker = startWorker(module);
      loaded = undefined;
      await worker.ask(images);
    }
    if (network !== loaded) {
      await worker.ask(network!);
      loaded = network;
    }
    return worker;
  }

  async function twice<T>(occasion: string, task: () => Promise<T>): Promise<T> {
    for (let attempt = 1;; attempt++) {
      try {
        return await task();
      } catch (error) {
        if (!(error instanceof WorkerStopped)) throw error;
        worker = undefined;
        if (attempt === 2 && !closed) {
          throw new Error(
            `Cannot evaluate as a worker stopped twice ${occasion}: ${error.message}`,
          );
        }
      }
    }
  }

  return {
    async open() {
      await twice("as it started", readyWorker);
    },
    async load(request) {
      network = request;
      await twice(`as it loaded ${request.description.title}`, readyWorker);
    },
    rank: (from, to, read) =>
      twice(`at images ${from}..${to - 1}`, async () => {
        const worker = await readyWorker();
        const pixels = await read?.();
        const { ranks } = await worker.ask({ kind: "rank", from, to, pixels });
        return ranks!;
      }),
    close() {
      closed = true;
      worker?.close();
    },
  };
}
