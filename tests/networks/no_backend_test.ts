import { assertThrows } from "@std/assert";
import { buildNetwork } from "../../lib/networks/build.ts";
import { cifarResNetShapes, randomCheckpoint } from "./random_networks.ts";

Deno.test("buildNetwork() says so when no backend is in use", () => {
  const shapes = cifarResNetShapes({ blocks: 1, widths: [2, 4, 6], classes: 10 });
  assertThrows(
    () => buildNetwork(randomCheckpoint(shapes, 1)),
    Error,
    "Cannot build a network as TensorFlow.js has no backend: call useBackend first",
  );
});
