import { assertEquals, assertGreater } from "@std/assert";
import { join } from "node:path";
import { repository } from "../../notebooks/cache_modules.ts";
import { jupyterEnvironment } from "../../notebooks/execute.ts";
import { isCode, readNotebook } from "../../notebooks/notebook_file.ts";
import { jupyterTest } from "../needs_jupyter.ts";

jupyterTest(
  "jupyter nbconvert --to html shows a committed notebook's charts as SVG, and no raster",
  async () => {
    const scratch = await Deno.makeTempDir();
    const path = join(repository, "notebooks/02_lloyd_max.ipynb");
    const { cells } = await readNotebook(path);
    const charts = cells.filter(isCode).flatMap(({ outputs = [] }) => outputs)
      .filter((output) => "data" in output && "image/svg+xml" in output.data);
    assertGreater(charts.length, 0);
    const { success, stderr } = await new Deno.Command("jupyter", {
      args: ["nbconvert", "--to", "html", "--output-dir", scratch, path],
      env: jupyterEnvironment(scratch),
    }).output();
    assertEquals(success, true, new TextDecoder().decode(stderr));
    const html = await Deno.readTextFile(join(scratch, "02_lloyd_max.html"));
    await Deno.remove(scratch, { recursive: true });
    const shown = html.match(/<div class="jp-RenderedSVG[^]*?(<svg|data:image\/svg\+xml)/g) ?? [];
    assertEquals(shown.length, charts.length);
    // Jupyter's own style sheet has a raster, the outputs have none.
    assertEquals(html.match(/<img[^>]*data:image\/(?!svg)[\w+.-]+/g), null);
  },
);
