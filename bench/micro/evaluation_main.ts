/**
 * A process that predicts with one backend on one thread: answers each request of evaluation.ts with the seconds that so many batches took, and
 * the logits of the first images.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { describeNetwork } from "../../lib/networks/registry.ts";
import { type EvaluationBackend, openPredictor } from "../../lib/networks/predictor.ts";
import { randomImages, randomResNet20 } from "./resnet20.ts";

const [backend] = Deno.args;
const checkpoint = randomResNet20();
const predictor = await openPredictor(describeNetwork(checkpoint), checkpoint.tensors, {
  backend: backend as EvaluationBackend,
});
for await (const line of createInterface({ input: process.stdin })) {
  const { batch, batches } = JSON.parse(line);
  const pixels = randomImages(batch);
  const logits = await predictor.predict(pixels, batch);
  const start = performance.now();
  for (let i = 0; i < batches; i++) await predictor.predict(pixels, batch);
  const seconds = (performance.now() - start) / 1000;
  console.log(JSON.stringify({ seconds, logits: [...logits.subarray(0, 4 * 10)] }));
}
predictor.close();
