import type { Checkpoint } from "../../lib/checkpoints/checkpoint.ts";
import {
  cifarResNetShapes,
  convolutionShortcutShapes,
  fullSqueezeNetFires,
  imagenetResNetShapes,
  mlpShapes,
  mobileNetShapes,
  mobileNetV2Shapes,
  randomCheckpoint,
  type Shapes,
  squeezeNetShapes,
  wideResNetShapes,
} from "./random_networks.ts";

const small = { blocks: 1, widths: [4, 6, 8], classes: 10 } as const;

/** Small networks of each architecture. */
const shapes = {
  textbook: cifarResNetShapes(small),
  shortcuts: convolutionShortcutShapes({ ...small, first: 5 }),
  wide: wideResNetShapes({ ...small, first: 4 }),
  mobile: mobileNetShapes(8, 10),
  squeeze: squeezeNetShapes({
    kernel: 3,
    first: 8,
    fires: fullSqueezeNetFires.map(() => [4, 6] as const),
    classes: 10,
    names: "torchvision",
  }),
  imagenet: imagenetResNetShapes({
    blocks: [1, 1, 1, 1],
    widths: [4, 6, 8, 10],
    first: 4,
    classes: 10,
  }),
  bottlenecks: imagenetResNetShapes({
    blocks: [1, 2, 1, 1],
    widths: [2, 3, 2, 4],
    bottleneck: true,
    first: 4,
    classes: 10,
  }),
  mobileV2: mobileNetV2Shapes({ divisor: 8, last: 16, classes: 10 }),
  mlp: mlpShapes([48, 12, 8, 10]),
} satisfies Record<string, Shapes>;

export type ArchitectureName = keyof typeof shapes;

const metadata = { normalization: "mean .485 .456 .406 std .229 .224 .225" };

/** One of each architecture with random values, by a short name. */
export const architectures = Object.fromEntries(
  Object.entries(shapes).map(([name, shapes], i) => [
    name,
    randomCheckpoint(shapes, i + 1, metadata),
  ]),
) as Readonly<Record<ArchitectureName, Checkpoint>>;

/** The same in a row. */
export const everyArchitecture: readonly Checkpoint[] = Object.values(architectures);
