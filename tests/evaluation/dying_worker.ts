/// <reference no-default-lib="true" />
/// <reference lib="deno.worker" />
/** The evaluation's worker, but one that ends as the variable BITBELL_DEATH says; its URL is always the same, as Deno checks its types once. */
import "../../lib/evaluation/worker.ts";
import type { Request } from "../../lib/evaluation/messages.ts";
import type { Death } from "./death.ts";

const { how, kind, from, times, log }: Death = JSON.parse(Deno.env.get("BITBELL_DEATH")!);
const answer = self.onmessage!;

self.onmessage = (event: MessageEvent<Request>) => {
  if (!isDue(event.data)) return answer.call(self, event);
  Deno.writeFileSync(log, new Uint8Array(1), { append: true });
  switch (how) {
    case "close":
      return self.close();
    case "throw":
      throw new Error("boom");
    case "trap":
    case "memory":
      return answer.call(self, new MessageEvent("message", { data: failing(how) }));
  }
};

function isDue(request: Request): boolean {
  if (request.kind !== kind || Deno.statSync(log).size >= times) return false;
  return request.kind !== "rank" || request.from === from;
}

/** A request that meets this error. */
function failing(how: Death["how"]): Request {
  return {
    kind: "rank",
    get from(): number {
      if (how === "memory") throw new RangeError("Array buffer allocation failed");
      throw new WebAssembly.RuntimeError("unreachable");
    },
    to: 0,
  };
}
