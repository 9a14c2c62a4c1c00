import { basename } from "node:path";
import type { ImageSetRecord, NetworkRecord, Setting } from "./results.ts";
import { variantName } from "./results.ts";

/** A fact of a source, or why it could not be had. */
export type Known<Fact> = Fact | Unknown;

/** Why a fact could not be had. */
export interface Unknown {
  readonly unknown: string;
}

/** How a published network was quantized. */
export interface PublishedSetting {
  /** As the bench names it, where it is the same method. */
  readonly method: Known<string>;
  readonly bits: Known<number>;
  /** "tensor", "channel", or another one in words. */
  readonly granularity: Known<string>;
  readonly batchNormFolded: Known<boolean>;
  /** "as the others", or how the first and the last layer differ. */
  readonly firstAndLast: Known<string>;
}

/** An accuracy that somebody published. */
export interface PublishedFigure {
  /** As the source calls it. */
  readonly network: string;
  /** Name of the file of its weights. */
  readonly checkpoint: Known<string>;
  readonly dataset: string;
  readonly images: Known<number>;
  readonly setting: "float32" | PublishedSetting;
  /** Percent. */
  readonly top1: Known<number>;
}

/** Where figures come from. */
export interface PublishedSource {
  readonly title: string;
  readonly authors: Known<string>;
  readonly year: Known<number>;
  readonly url: Known<string>;
  /** Which table, page or commit. */
  readonly where: Known<string>;
  /** How the figures came here. */
  readonly obtained: string;
}

/** A file of `bench/published/`. */
export interface Published {
  readonly source: PublishedSource;
  /** What the source claims in words. */
  readonly claims?: readonly string[];
  readonly figures: Known<readonly PublishedFigure[]>;
}

const folder = new URL("./published/", import.meta.url);

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string" && value.trim() !== "";
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isPercent: Check = (value) => isNumber(value) && Number(value) >= 0 && Number(value) <= 100;
const isCount: Check = (value) => Number.isInteger(value) && Number(value) > 0;
const isUnknown = (value: unknown): value is Unknown =>
  typeof value === "object" && value !== null && Object.keys(value).join() === "unknown" &&
  isText((value as Unknown).unknown);
const known = (check: Check): Check => (value) => check(value) || isUnknown(value);

const sourceFields: Readonly<Record<keyof PublishedSource, Check>> = {
  title: isText,
  authors: known(isText),
  year: known(isCount),
  url: known(isText),
  where: known(isText),
  obtained: isText,
};

const figureFields: Readonly<Record<keyof PublishedFigure, Check>> = {
  network: isText,
  checkpoint: known(isText),
  dataset: isText,
  images: known(isCount),
  setting: (value) => value === "float32" || (typeof value === "object" && value !== null),
  top1: known(isPercent),
};

const settingFields: Readonly<Record<keyof PublishedSetting, Check>> = {
  method: known(isText),
  bits: known(isCount),
  granularity: known(isText),
  batchNormFolded: known((value) => typeof value === "boolean"),
  firstAndLast: known(isText),
};

/**
 * Reads the published figures, in the order of their files' names.
 *
 * @throws {SyntaxError} If a file is no JSON, or a field is missing, unknown or of another kind: the message names both.
 */
export function readPublished(): readonly Published[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".json")).sort()
    .map((name) => parsePublished(Deno.readTextFileSync(new URL(name, folder)), name));
}

/**
 * Reads the text of a file of published figures.
 *
 * @throws {SyntaxError} As {@linkcode readPublished}.
 */
export function parsePublished(text: string, name: string): Published {
  let content: Published;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${name} as published figures: ${(error as Error).message}`);
  }
  const { source, claims = [], figures } = content ?? {};
  assertFields(source, sourceFields, `${name}: source`);
  if (!Array.isArray(claims) || !claims.every(isText)) fail(`${name}: claims`, claims);
  if (isUnknown(figures)) return content;
  if (!Array.isArray(figures)) fail(`${name}: figures`, figures);
  for (const [i, figure] of figures.entries()) {
    const place = `${name}: figure ${i}`;
    assertFields(figure, figureFields, place);
    if (figure.setting !== "float32") {
      assertFields(figure.setting, settingFields, `${place}: setting`);
    }
  }
  return content;
}

/** The fact, or undefined where it could not be had. */
export function factOf<Fact>(value: Known<Fact>): Fact | undefined {
  return isUnknown(value) ? undefined : value;
}

/** What a figure of the bench was measured with. */
export interface Measured {
  readonly network: NetworkRecord;
  readonly set: ImageSetRecord;
  /** Undefined: the weights as they are. */
  readonly setting?: Setting;
}

/** In what a published figure's network, images or setting differ from those of a measured one; nothing where both may be compared. */
export function differencesFrom(
  figure: PublishedFigure,
  { network, set, setting }: Measured,
): readonly string[] {
  const facts: Facts = {
    "data set": [figure.dataset, set.name],
    "weights": [figure.checkpoint, basename(network.file)],
    "number of images": [figure.images, set.images],
    ...settingFacts(figure.setting, setting),
  };
  return Object.entries(facts)
    .filter(([, [published, ours]]) => isUnknown(published) || published !== ours)
    .map(([name, [published]]) => isUnknown(published) ? `${name} (${published.unknown})` : name);
}

/** By name: what was published, and what was measured. */
type Facts = Readonly<
  Record<string, readonly [Known<string | number | boolean>, string | number | boolean]>
>;

function settingFacts(published: PublishedFigure["setting"], setting: Setting | undefined): Facts {
  if (published === "float32" || setting === undefined) {
    const words = (isFloat: boolean) => isFloat ? "float32" : "quantized";
    return { setting: [words(published === "float32"), words(setting === undefined)] };
  }
  return {
    "method": [published.method, variantName(setting)],
    "bits": [published.bits, setting.bits],
    "granularity": [published.granularity, setting.granularity],
    // What the bench does: see its note on batch norm.
    "folding of batch norm": [published.batchNormFolded, false],
    "first and last layer": [published.firstAndLast, "as the others"],
  };
}

function assertFields(
  value: unknown,
  fields: Readonly<Record<string, Check>>,
  place: string,
): void {
  if (typeof value !== "object" || value === null) fail(place, value);
  for (const [field, check] of Object.entries(fields)) {
    const content = (value as Record<string, unknown>)[field];
    if (!check(content)) fail(`${place}: ${field}`, content);
  }
  const extra = Object.keys(value).find((field) => !Object.hasOwn(fields, field));
  if (extra !== undefined) fail(`${place}: ${extra}`, "a field that nothing reads");
}

function fail(place: string, value: unknown): never {
  throw new SyntaxError(
    `Cannot read published figures as a field must hold a fact, or why it could not be had: ${place} is ${
      JSON.stringify(value)
    }`,
  );
}
