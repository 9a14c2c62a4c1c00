/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
import { useBackend } from "../networks/backend.ts";
import { buildDescribed, type Network } from "../networks/build.ts";
import { labelRanks } from "./label_ranks.ts";
import type { Reply, Request } from "./messages.ts";

let images: Extract<Request, { kind: "open" }> | undefined;
let network: Network | undefined;

self.onmessage = async ({ data }: MessageEvent<Request>) => {
  self.postMessage(await reply(data));
};

async function reply(request: Request): Promise<Reply> {
  try {
    return { kind: "done", ...await answer(request) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { kind: "failed", name, message };
  }
}

async function answer(request: Request): Promise<{ ranks?: Uint16Array }> {
  switch (request.kind) {
    case "open":
      images = request;
      await useBackend(request.backend);
      return {};
    case "load":
      network?.dispose();
      network = undefined;
      network = buildDescribed(request.description, request.tensors);
      return {};
    case "rank": {
      const { from, to } = request, { pixels, labels, stride } = images!;
      const logits = network!.predict(pixels.subarray(from * stride, to * stride), to - from);
      const { classes } = network!.description;
      return { ranks: labelRanks(logits, labels.subarray(from, to), classes) };
    }
  }
}
