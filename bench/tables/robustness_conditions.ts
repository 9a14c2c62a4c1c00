import {
  cifarCSeverities,
  imageNetCSeverities,
  type Severities,
} from "../../lib/robustness/severities.ts";

/** What is done to the images that a network is shown. */
export type Condition =
  | { readonly kind: "clean"; readonly variant: string; readonly attacked: boolean }
  | {
    readonly kind: "noise" | "contrast" | "jpeg";
    readonly variant: string;
    readonly amount: number;
  }
  | {
    readonly kind: "fgsm" | "pgd";
    readonly variant: string;
    /** Of 255. */
    readonly epsilon: number;
    /** Whose gradient is followed: that of the network that is shown the images, or of its float32 weights. */
    readonly gradient: "own" | "float";
  };

/** A condition that takes something from the images. */
export type HardCondition = Exclude<Condition, { kind: "clean" }>;

/** All images as they are. */
export const clean: Condition = { kind: "clean", variant: "clean", attacked: false };

/** The images that are attacked, before they are. */
export const cleanOfAttacked: Condition = {
  kind: "clean",
  variant: "clean, images of the attacks",
  attacked: true,
};

/** The severities that are measured, of 1 to 5. */
export const severities: readonly number[] = [1, 3, 5];

/** Of PGD: Madry et al. train with 7 steps of a quarter of epsilon. */
export const pgdSteps = 7;
export const pgdStepShare = 0.25;

/** Images up to this height are corrupted as CIFAR-10-C, larger ones as ImageNet-C. */
const smallHeight = 64;

const attacks = [
  { kind: "fgsm", epsilon: 1 },
  { kind: "fgsm", epsilon: 2 },
  { kind: "pgd", epsilon: 2 },
] as const;

const attackConditions: readonly HardCondition[] = (["own", "float"] as const).flatMap((gradient) =>
  attacks.map(({ kind, epsilon }) => ({
    kind,
    epsilon,
    gradient,
    variant: `${kind} ${epsilon}/255, ${gradient === "own" ? "own" : "float's"} gradient`,
  }))
);

/** At how many images at most attacks are measured: gradients take their time. */
export function attackedImages(height: number): number {
  return height <= smallHeight ? 500 : 100;
}

/** Every condition for images of a height. */
export function conditionsFor(height: number): readonly Condition[] {
  const { noise, contrast, jpeg } = height <= smallHeight ? cifarCSeverities : imageNetCSeverities;
  return [
    clean,
    ...corruptions("noise", noise),
    ...corruptions("contrast", contrast),
    ...corruptions("jpeg", jpeg),
    cleanOfAttacked,
    ...attackConditions,
  ];
}

function corruptions(
  kind: "noise" | "contrast" | "jpeg",
  amounts: Severities["noise"],
): readonly HardCondition[] {
  return severities.map((severity) => {
    const amount = amounts[severity - 1]!;
    return { kind, amount, variant: `${kind} ${amount}` };
  });
}

const conditions = [...conditionsFor(smallHeight), ...conditionsFor(smallHeight + 1)];

/** The condition that a cell's variant names. */
export function conditionNamed(variant: string | undefined): Condition {
  const found = conditions.find((condition) => condition.variant === variant);
  if (found === undefined) throw new RangeError(`Cannot find the condition ${variant}`);
  return found;
}

/** The same images as they were. */
export function cleanOf({ kind }: HardCondition): Condition {
  return kind === "fgsm" || kind === "pgd" ? cleanOfAttacked : clean;
}
