import { assertGreaterOrEqual } from "@std/assert";
// @ts-types="npm:@types/culori@4"
import {
  type Color,
  differenceCiede2000,
  filterDeficiencyDeuter,
  filterDeficiencyProt,
  filterDeficiencyTrit,
  parse,
  wcagContrast,
} from "culori";
import { darkColours, seriesColours } from "../../../lib/report/charts/theme.ts";

/** How colours look: as they are, and without one of the three cones (Machado, Oliveira and Fernandes, 2009, severity 1). */
const visions: Readonly<Record<string, (colour: Color) => Color>> = {
  "all cones": (colour) => colour,
  "protanopia": filterDeficiencyProt(1),
  "deuteranopia": filterDeficiencyDeuter(1),
  "tritanopia": filterDeficiencyTrit(1),
};

const difference = differenceCiede2000();

/** Fails unless any two colours are 10 apart by CIEDE2000 in every vision, several times what can just be told apart. */
function assertApart(colours: readonly string[]) {
  for (const [vision, see] of Object.entries(visions)) {
    const seen = colours.map((colour) => see(parse(colour)!));
    seen.forEach((a, i) =>
      seen.slice(0, i).forEach((b, j) =>
        assertGreaterOrEqual(
          difference(a, b),
          10,
          `${colours[i]} and ${colours[j]} with ${vision}`,
        )
      )
    );
  }
}

const darkSeriesColours = seriesColours.map((colour) => darkColours[colour]!);

Deno.test("seriesColours are told apart with any colour vision", () => {
  assertApart(seriesColours);
});

Deno.test("darkColours of series are told apart with any colour vision", () => {
  assertApart(darkSeriesColours);
});

Deno.test("seriesColours stand out from white paper, their darkColours from a dark page", () => {
  for (const colour of seriesColours) {
    assertGreaterOrEqual(wcagContrast(colour, "white"), 2.2, colour);
  }
  for (const colour of darkSeriesColours) {
    assertGreaterOrEqual(wcagContrast(colour, "#14161a"), 4, colour);
  }
});
