import { accuracyTable } from "./accuracy.ts";
import { claimsTable } from "./claims.ts";
import { costTable } from "./cost.ts";
import { fitTable } from "./fit.ts";
import { methodsTable } from "./methods.ts";
import { mixedTable } from "./mixed.ts";
import { mseTable } from "./mse.ts";
import { robustnessTable } from "./robustness.ts";
import type { BenchTable } from "./table.ts";

/** Every table, in the order in which they are computed and printed. Adding one is a file, and one line here. */
export const benchTables: readonly BenchTable[] = [
  fitTable,
  mseTable,
  accuracyTable({ name: "cifar10", title: "CIFAR-10: accuracy", dataset: "cifar-10" }),
  accuracyTable({ name: "cifar100", title: "CIFAR-100: accuracy", dataset: "cifar-100" }),
  accuracyTable({ name: "imagenet", title: "ImageNet: accuracy", dataset: "imagenet" }),
  accuracyTable({ name: "shapes", title: "Shapes: accuracy", dataset: "shapes" }),
  claimsTable,
  methodsTable,
  mixedTable,
  costTable,
  robustnessTable,
];
