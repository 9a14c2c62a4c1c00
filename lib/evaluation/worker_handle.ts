import type { Notice, Reply, Request } from "./messages.ts";
import { locks } from "./web_locks.ts";

/** A worker that answers one request at a time. */
export interface WorkerHandle {
  /**
   * Rejects with an error of the class and message that the worker met, or with a {@linkcode WorkerStopped} if it has ended, however it
   * did. Pixels that come with a request are handed over.
   */
  ask(request: Request): Promise<Extract<Reply, { kind: "done" }>>;
  close(): void;
}

/** A worker has ended without an answer; the message says why. */
export class WorkerStopped extends Error {
  override name = "WorkerStopped";
}

type Answer = Exclude<Reply, { kind: "broken" }>;

/** The classes that an error keeps on its way out of a worker. */
const errorClasses: Readonly<Record<string, new (message: string) => Error>> = {
  TypeError,
  RangeError,
  SyntaxError,
};

/** Starts a worker. */
export function startWorker(url: URL): WorkerHandle {
  const name = `bitbell-evaluation-${crypto.randomUUID()}`;
  const worker = new Worker(url, { type: "module", name });
  const watching = new AbortController();
  let pending: PromiseWithResolvers<Answer> | undefined;
  let stopped: WorkerStopped | undefined;
  let grace: ReturnType<typeof setTimeout> | undefined;

  const stop = (reason: string) => {
    stopped ??= new WorkerStopped(reason);
    pending?.reject(stopped);
    watching.abort();
    clearTimeout(grace);
    worker.terminate();
  };
  // Nothing tells of a worker that closes itself, but the lock that it holds for as long as it lives is released then. An error that
  // ended it may be on its way still, and says more.
  const watch = () =>
    locks.request(name, { signal: watching.signal }, () => {
      if (!stopped) grace = setTimeout(() => stop("it ended without a word"), 100);
    }).catch(() => {
      // It was stopped from here.
    });
  worker.onmessage = ({ data }: MessageEvent<Reply | Notice>) => {
    if (data.kind === "alive") watch();
    else if (data.kind === "broken") stop(data.message);
    else pending?.resolve(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    stop(event.message.split("\n", 1)[0]!);
  };
  worker.onmessageerror = () => stop("its answer could not be read");
  return {
    async ask(request) {
      if (stopped) throw stopped;
      pending = Promise.withResolvers();
      const given = request.kind === "rank" ? request.pixels?.buffer : undefined;
      worker.postMessage(request, given ? [given] : []);
      const reply = await pending.promise;
      if (reply.kind === "failed") throw new (errorClasses[reply.name] ?? Error)(reply.message);
      return reply;
    },
    close: () => stop("it was closed"),
  };
}
