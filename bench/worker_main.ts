/** A worker process of the bench: computes the cells that it is asked for on its standard input, until that ends. */
import process from "node:process";
import { createInterface } from "node:readline";
import { contextOf } from "./cell_context.ts";
import { fromJson, toJson } from "./json.ts";
import { measureSpeed } from "./speed.ts";
import { benchTables } from "./tables/registry.ts";
import { type Reply, replyMark, type Request } from "./protocol.ts";

/** How often progress is told, in milliseconds. */
const interval = 200;

let makeContext: ReturnType<typeof contextOf> | undefined;

function send(reply: Reply): void {
  const bytes = new TextEncoder().encode(`\n${replyMark}${toJson(reply)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

async function answer(request: Request): Promise<Reply> {
  switch (request.kind) {
    case "open":
      makeContext = contextOf(request.scene);
      return { kind: "opened" };
    case "speed": {
      const context = makeContext!({ progress: () => {}, time: () => {} });
      return { kind: "speed", speed: await measureSpeed(context, request) };
    }
    case "cell": {
      const { key } = request;
      const table = benchTables.find(({ name }) => name === key.table)!;
      const parts: Record<string, number> = {};
      const start = performance.now();
      let told = start;
      const context = makeContext!({
        time: (part, seconds) => parts[part] = seconds,
        progress: (fraction) => {
          const time = performance.now();
          if (time - told < interval) return;
          told = time;
          send({ kind: "progress", fraction });
        },
      });
      const result = await table.run(key, context);
      const seconds = Math.round(performance.now() - start) / 1000;
      const timing = Object.keys(parts).length === 0 ? { seconds } : { seconds, parts };
      return { kind: "cell", result, timing };
    }
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  try {
    send(await answer(fromJson(line) as Request));
  } catch (error) {
    send({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  }
}
// Whoever asked is gone.
Deno.exit(0);
