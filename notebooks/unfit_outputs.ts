import { isCode, nameOf, type NotebookFile, textOf } from "./notebook_file.ts";

/** What must not be committed in an output, one sentence each: folders of this machine, pictures made of pixels. */
export function unfitOutputs(notebook: NotebookFile, folders: readonly string[]): string[] {
  const patterns = folders.map((folder) => ({ folder, pattern: folderPattern(folder) }));
  return notebook.cells.filter(isCode).flatMap((cell) => {
    const name = nameOf(cell, notebook);
    return (cell.outputs ?? []).flatMap((output) => {
      const data = "data" in output ? output.data : {};
      const text = JSON.stringify(output.output_type === "stream" ? textOf(output.text) : data);
      const found = patterns.filter(({ pattern }) => pattern.test(text))
        .map(({ folder }) => `${name} shows the folder ${folder} of this machine`);
      const rasters = [
        ...Object.keys(data).filter((mime) => /^image\/(?!svg)/.test(mime)),
        ...(text.match(/data:image\/(?!svg)[\w.+-]*/g) ?? []),
      ];
      return [...found, ...rasters.map((raster) => `${name} shows a picture of pixels: ${raster}`)];
    });
  });
}

/** The folder itself or something within, but no longer name that only begins or ends so. */
function folderPattern(folder: string): RegExp {
  const escaped = RegExp.escape(JSON.stringify(folder.replace(/[\\/]+$/, "")).slice(1, -1));
  return new RegExp(`(?<![\\w.-])${escaped}(?![\\w.-])`);
}
