import type { Reply, Request } from "./messages.ts";

/** A worker that answers one request at a time. */
export interface WorkerHandle {
  /** Rejects with an error of the class and message that the worker met, or if it is or gets closed. */
  ask(request: Request): Promise<Extract<Reply, { kind: "done" }>>;
  close(): void;
}

/** The classes that an error keeps on its way out of a worker. */
const errorClasses: Readonly<Record<string, new (message: string) => Error>> = {
  TypeError,
  RangeError,
  SyntaxError,
};

/** Starts a worker. */
export function startWorker(): WorkerHandle {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  let pending: PromiseWithResolvers<Reply> | undefined;
  let stopped: Error | undefined;

  const stop = (reason: string) => {
    stopped ??= new Error(`Cannot evaluate as ${reason}`);
    pending?.reject(stopped);
    worker.terminate();
  };
  worker.onmessage = ({ data }: MessageEvent<Reply>) => pending?.resolve(data);
  worker.onerror = (event) => {
    event.preventDefault();
    stop(`a worker stopped: ${event.message.split("\n", 1)[0]}`);
  };
  worker.onmessageerror = () => stop("a worker's answer could not be read");
  return {
    async ask(request) {
      if (stopped) throw stopped;
      pending = Promise.withResolvers();
      worker.postMessage(request);
      const reply = await pending.promise;
      if (reply.kind === "done") return reply;
      throw new (errorClasses[reply.name] ?? Error)(reply.message);
    },
    close: () => stop("the evaluator is closed"),
  };
}
