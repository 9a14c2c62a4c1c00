import { join } from "node:path";
import process from "node:process";
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fromJson, toJson } from "./json.ts";
import { copyLock } from "./lock_copy.ts";
import { type Reply, replyMark, type Request } from "./protocol.ts";
import type { Scene } from "./scene.ts";

/** A worker process that answers one request at a time. */
export interface WorkerProcess {
  /**
   * @throws {WorkerDied} If the process ended before it answered.
   * @throws {Error} If it answers that it failed, with the message.
   */
  readonly ask: <Kind extends Request["kind"]>(
    request: Extract<Request, { readonly kind: Kind }>,
    onProgress?: (fraction: number) => void,
  ) => Promise<Answer<Kind>>;
  /** Ends it at once; what it was asked is rejected. */
  readonly close: () => void;
}

type Answer<Kind extends Request["kind"]> = Extract<
  Reply,
  { readonly kind: Kind extends "open" ? "opened" : Kind }
>;

/** A worker process ended without an answer, as one does that is killed or runs out of memory. */
export class WorkerDied extends Error {
  override readonly name = "WorkerDied";
}

/** What a worker may do: read data, and with onnxruntime, which is in no lock file, call native code; it writes nothing. */
async function optionsFor({ selection: { backend } }: Scene, folder: string): Promise<string[]> {
  const ordinary = ["--quiet", "--allow-read", "--allow-env", "--allow-sys"];
  return backend === "onnx"
    ? [...ordinary, "--allow-ffi", `--lock=${await copyLock(folder)}`]
    : ordinary;
}

/** The processes that run: none outlives this one. */
const children = new Set<ChildProcess>();
process.once("exit", () => children.forEach((child) => child.kill("SIGKILL")));

/** How much of what a worker wrote on its error output is told when it died. */
const lastWords = 500;

/** Starts a worker process for a scene; `folder` is for what Deno writes beside it. */
export async function startWorkerProcess(scene: Scene, folder: string): Promise<WorkerProcess> {
  const program = join(import.meta.dirname!, "worker_main.ts");
  const args = ["run", ...await optionsFor(scene, folder), program];
  const child = spawn(Deno.execPath(), args, { stdio: ["pipe", "pipe", "pipe"] });
  children.add(child);
  let pending:
    | { promise: PromiseWithResolvers<Reply>; progress?: (fraction: number) => void }
    | undefined;
  let died: WorkerDied | undefined;
  let said = "";

  const die = (reason: string) => {
    children.delete(child);
    const words = said.trim().split("\n").at(-1) ?? "";
    died ??= new WorkerDied(words === "" ? reason : `${reason}: ${words}`);
    pending?.promise.reject(died);
  };
  child.on("error", (error) => die(`a worker process could not start: ${error.message}`));
  child.on(
    "close",
    (code, signal) =>
      die(`a worker process ended with ${signal === null ? `exit code ${code}` : signal}`),
  );
  // Writing to a process that is gone; its end says so too.
  child.stdin.on("error", () => {});
  child.stderr.on("data", (bytes) => {
    said = (said + bytes).slice(-lastWords);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (!line.startsWith(replyMark)) return;
    const reply = fromJson(line.slice(replyMark.length)) as Reply;
    if (reply.kind === "progress") pending?.progress?.(reply.fraction);
    else pending?.promise.resolve(reply);
  });

  const worker: WorkerProcess = {
    async ask(request, progress) {
      if (died) throw died;
      const promise = Promise.withResolvers<Reply>();
      pending = { promise, progress };
      child.stdin.write(`${toJson(request)}\n`);
      const reply = await promise.promise;
      pending = undefined;
      if (reply.kind === "failed") throw new Error(reply.message);
      return reply as Answer<typeof request.kind>;
    },
    close: () => void child.kill("SIGKILL"),
  };
  await worker.ask({ kind: "open", scene });
  return worker;
}
