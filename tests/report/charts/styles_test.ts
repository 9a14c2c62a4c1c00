import { assertEquals, assertNotEquals } from "@std/assert";
import { distributionFamilies } from "../../../lib/distributions/families.ts";
import { quantizerMethods } from "../../../lib/quantizers/methods.ts";
import { lawStyles, methodStyles, type SeriesStyle } from "../../../lib/report/charts/styles.ts";

/** The methods of the usual comparison. */
const usual = [
  "min-max",
  "omse",
  "aciq",
  "lloyd-max-gaussian",
  "lloyd-max-laplace",
  "ks-lloyd-max",
  "auto",
  "auto, output",
  "k-means",
];

const all = [...quantizerMethods, "gptq", "auto, output"];

const colourOf = ({ colour }: SeriesStyle) => colour;
const symbolOf = ({ symbol }: SeriesStyle) => symbol;
const pointOf = ({ colour, symbol }: SeriesStyle) => `${colour} ${symbol}`;
const lineOf = ({ colour, dash }: SeriesStyle) => `${colour} ${dash}`;

/** The style that a name has in a chart of many others, after them: a known one's is not touched by that. */
function knownStyles(
  styles: (names: readonly string[]) => SeriesStyle[],
  names: readonly string[],
) {
  const others = Array.from({ length: 8 }, (_, i) => `unknown ${i}`);
  return names.map((name) => styles([...others, name]).at(-1)!);
}

Deno.test("methodStyles() knows every method, whatever else is in the chart", () => {
  assertEquals(knownStyles(methodStyles, all), all.map((name) => methodStyles([name])[0]!));
  assertEquals(methodStyles(all), all.map((name) => methodStyles([name])[0]!));
});

Deno.test("methodStyles() gives no two methods the same lines or the same points", () => {
  const styles = methodStyles(all);
  assertEquals(new Set(styles.map(lineOf)).size, all.length);
  assertEquals(new Set(styles.map(pointOf)).size, all.length);
});

Deno.test("methodStyles() of the usual comparison differ in colour and in symbol, but for the two kinds of auto", () => {
  const methods = usual.filter((name) => name !== "auto, output");
  const styles = methodStyles(methods);
  assertEquals(new Set(styles.map(colourOf)).size, 8);
  assertEquals(new Set(styles.map(symbolOf)).size, 8);
  const [auto, byOutput] = methodStyles(["auto", "auto, output"]) as [SeriesStyle, SeriesStyle];
  assertEquals(colourOf(byOutput), colourOf(auto));
  assertNotEquals(symbolOf(byOutput), symbolOf(auto));
  assertNotEquals(byOutput.dash, auto.dash);
});

Deno.test("methodStyles() gives a law's Lloyd-Max quantizer the law's colour", () => {
  for (const family of ["gaussian", "laplace", "logistic", "student-t", "generalized-gaussian"]) {
    const [law] = lawStyles([family]), [method] = methodStyles([`lloyd-max-${family}`]);
    assertEquals(colourOf(method!), colourOf(law!), family);
  }
});

Deno.test("lawStyles() knows every family, and gives no two the same", () => {
  const styles = lawStyles(distributionFamilies);
  assertEquals(knownStyles(lawStyles, distributionFamilies), styles);
  assertEquals(new Set(styles.map(lineOf)).size, distributionFamilies.length);
  assertEquals(new Set(styles.map(pointOf)).size, distributionFamilies.length);
});

Deno.test("methodStyles() gives other names the colours that are left, and the same ones again", () => {
  const names = ["mine", "auto", "yours", "omse", "theirs"];
  const styles = methodStyles(names);
  assertEquals(new Set(styles.map(colourOf)).size, names.length);
  assertEquals(methodStyles(names), styles);
  assertEquals([styles[1], styles[3]], methodStyles(["auto", "omse"]));
});

Deno.test("methodStyles() tells 48 names apart, known or not, and draws more of them all the same", () => {
  const unknown = Array.from({ length: 60 }, (_, i) => `unknown ${i}`);
  const styles = methodStyles([...unknown.slice(0, 20), ...usual, ...unknown.slice(20, 39)]);
  assertEquals(new Set(styles.map(lineOf)).size, 48);
  assertEquals(new Set(styles.map(pointOf)).size, 48);
  assertEquals(methodStyles(unknown).length, 60);
});

Deno.test("lawStyles() tells two laws of one family apart", () => {
  const [first, second] = lawStyles(["laplace", "laplace"]) as [SeriesStyle, SeriesStyle];
  assertEquals(first, lawStyles(["laplace"])[0]);
  assertNotEquals(colourOf(second), colourOf(first));
});
