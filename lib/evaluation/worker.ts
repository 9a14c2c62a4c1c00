/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { useBackend } from "../networks/backend.ts";
import { openPredictor, type Predictor } from "../networks/predictor.ts";
import { labelRanks } from "./label_ranks.ts";
import type { Notice, Reply, Request } from "./messages.ts";
import { locks } from "./web_locks.ts";

let images: Extract<Request, { kind: "open" }> | undefined;
let predictor: Predictor | undefined;

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  self.postMessage(await reply(data));
};

locks.request(self.name, {}, () => {
  self.postMessage({ kind: "alive" } satisfies Notice);
  return new Promise(() => {});
});

async function reply(request: Request): Promise<Reply> {
  try {
    return { kind: "done", ...await answer(request) };
  } catch (error) {
    if (isBreakdown(error)) return { kind: "broken", message: String(error) };
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: "failed", name, message };
  }
}

async function answer(request: Request): Promise<{ ranks?: Uint16Array }> {
  switch (request.kind) {
    case "open":
      images = request;
      // So that a backend that can't start is told before any network is there.
      if (request.backend !== "onnx") await useBackend(request.backend);
      return {};
    case "load":
      predictor?.close();
      predictor = undefined;
      predictor = await openPredictor(request.description, request.tensors, {
        backend: images!.backend,
      });
      return {};
    case "rank": {
      const { from, to } = request, { labels, stride } = images!;
      const pixels = request.pixels ?? images!.pixels!.subarray(from * stride, to * stride);
      const logits = await predictor!.predict(pixels, to - from);
      const { classes } = predictor!.description;
      return { ranks: labelRanks(logits, labels.subarray(from, to), classes) };
    }
  }
}

/** Out of memory, or an abort of the backend's WebAssembly, whose state is not to be trusted after it: a new worker may do better. */
function isBreakdown(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError ||
    (error instanceof RangeError && /allocation failed|out of memory/i.test(error.message));
}
