import { join } from "node:path";

/** Which label each class has. */
export interface ClassIndex {
  /** Labels are in `[0, classes)`: as many as a network's outputs, though not all of them need have images. */
  readonly classes: number;
  /** The label of each class by the name of its folder, in ImageNet its WordNet id. */
  readonly labels: ReadonlyMap<string, number>;
  /** What the class of each label is called, where it is known: for readers, so two classes may have one name. */
  readonly names?: readonly string[];
}

/** The file that tells ImageNet's labels, as Keras publishes it and others copy it. */
export const classIndexFile = "imagenet_class_index.json";

/**
 * Reads `imagenet_class_index.json` ({ "0": ["n01440764", "tench"], ... }), where it lies in the folder.
 *
 * @throws {SyntaxError} If it isn't JSON of that form with each label and each class once.
 */
export async function readClassIndex(path: string): Promise<ClassIndex | undefined> {
  const file = join(path, classIndexFile);
  let text: string;
  try {
    text = await Deno.readTextFile(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const mustBe =
    `Cannot read ${file} as a class index: it must be JSON like { "0": ["n01440764", "tench"] }`;
  let entries: [string, unknown][];
  try {
    entries = Object.entries(JSON.parse(text));
  } catch (error) {
    throw new SyntaxError(mustBe, { cause: error });
  }
  const labels = new Map<string, number>(), taken = new Set<number>(), names: string[] = [];
  for (const [key, value] of entries) {
    const label = Number(key);
    const [wnid, name]: unknown[] = Array.isArray(value) ? value : [];
    if (
      !/^\d+$/.test(key) || label >= entries.length || taken.has(label) ||
      typeof wnid !== "string" || labels.has(wnid)
    ) {
      throw new SyntaxError(
        `${mustBe}, with each label from 0 to ${entries.length - 1} and each class once: entry ${
          JSON.stringify(key)
        } is ${JSON.stringify(value).slice(0, 80)}`,
      );
    }
    taken.add(label);
    labels.set(wnid, label);
    names[label] = typeof name === "string" ? name : wnid;
  }
  return { classes: labels.size, labels, names };
}
