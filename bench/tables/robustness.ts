import type { ImageSource } from "../../datasets/image_set.ts";
import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import type { CellKey } from "../results.ts";
import { imagesOf, networkOf, type Scene } from "../scene.ts";
import type { Accuracy } from "./accuracy.ts";
import {
  clean,
  conditionNamed,
  conditionsFor,
  type HardCondition,
  pgdSteps,
} from "./robustness_conditions.ts";
import { robustnessPage } from "./robustness_page.ts";
import { settingsOf } from "./settings.ts";
import type { BenchTable, CellContext } from "./table.ts";

type AttackCondition = Extract<HardCondition, { epsilon: number }>;

/** A gradient takes about as long as this many images take to be classified. */
const gradientCost = 4;

/** The same quantized networks on images that make it harder for them: noise, less contrast, JPEG and attacks. */
export const robustnessTable: BenchTable = {
  name: "robustness",
  title: "Robustness: whether quantized networks lose less on noisy and attacked images",
  anyDataset: true,
  onRequest: true,
  module: import.meta.url,

  plan: (scene) =>
    scene.networks.flatMap(({ record: { label } }) => {
      const images = imagesOf(scene, label);
      if (images === undefined) return [];
      return [undefined, ...settingsOf(scene.selection)].flatMap((setting) =>
        conditionsFor(images.height).filter((condition) =>
          // The float32 network's own gradient is that of the float32 weights.
          setting !== undefined || !("gradient" in condition) || condition.gradient === "own"
        ).map(({ variant }): CellKey => ({
          table: "robustness",
          network: label,
          ...(setting === undefined ? {} : { setting }),
          variant,
        }))
      );
    }),

  /** Attacks as if all images were attacked: how many there are isn't known here. */
  estimate({ network, setting, variant }, speed) {
    const condition = conditionNamed(variant);
    const gradients = condition.kind === "fgsm" ? 1 : condition.kind === "pgd" ? pgdSteps : 0;
    return (1 + gradients * gradientCost) * speed.evaluate(network) +
      (setting === undefined ? 0 : speed.quantize(network, setting));
  },

  async run({ network, setting, variant }, context): Promise<Accuracy> {
    const condition = conditionNamed(variant);
    const float = await context.checkpoint(network);
    const checkpoint = setting === undefined
      ? float
      : (await context.quantize(network, setting)).checkpoint;
    if (condition === clean) return await context.accuracy(network, checkpoint);

    const source = await context.images(imagesOf(context.scene, network)!.record.name);
    // Loaded here, as other tables' cells need not wait for TensorFlow.js.
    const images = await import("./robustness_images.ts");
    if ("amount" in condition) {
      const { seed } = context.scene.selection;
      return await measure(images.corrupted(source, condition, seed), checkpoint, network, context);
    }
    if (condition.kind === "clean") {
      return await measure(images.imagesOfAttacks(source), checkpoint, network, context);
    }
    const attacked = checkpoint === float || condition.gradient === "float"
      ? await attackByFloat(source, condition, float, network, context)
      : await attack(source, condition, checkpoint, network, context);
    return await measure(attacked, checkpoint, network, context);
  },

  page: (results) => robustnessPage(robustnessTable.title, results),
};

async function measure(
  source: ImageSource,
  checkpoint: Checkpoint,
  label: string,
  { scene, progress }: CellContext,
): Promise<Accuracy> {
  const { measureCell } = await import("../measure_cell.ts");
  const { network } = networkOf(scene, label);
  const { backend } = scene.selection;
  return await measureCell(checkpoint, source, { network, backend, progress });
}

async function attack(
  source: ImageSource,
  condition: AttackCondition,
  checkpoint: Checkpoint,
  label: string,
  { scene, progress }: CellContext,
): Promise<ImageSource> {
  const { attacked, imagesOfAttacks } = await import("./robustness_images.ts");
  const { network } = networkOf(scene, label);
  const { seed } = scene.selection;
  const options = { checkpoint, network, seed, progress };
  return await attacked(imagesOfAttacks(source), condition, options);
}

/** The attacks by the float32 weights' gradient, made once for all cells of a scene. */
const floatAttacks = new WeakMap<Scene, Map<string, Promise<ImageSource>>>();

function attackByFloat(
  source: ImageSource,
  condition: AttackCondition,
  float: Checkpoint,
  label: string,
  context: CellContext,
): Promise<ImageSource> {
  const ofScene = floatAttacks.get(context.scene) ?? new Map<string, Promise<ImageSource>>();
  floatAttacks.set(context.scene, ofScene);
  const name = `${label}: ${condition.kind} ${condition.epsilon}`;
  const made = ofScene.get(name) ?? attack(source, condition, float, label, context);
  ofScene.set(name, made);
  return made;
}
