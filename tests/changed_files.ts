/** The files and folders that `git status --porcelain -z` names, new and changed ones, but for those that are gone from the folder. */
export function changedFiles(status: string): readonly string[] {
  const fields = status.split("\0").filter((field) => field !== "");
  const files: string[] = [];
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    const [staged, unstaged] = field;
    // The old name of what was moved or copied follows as a field of its own.
    if (staged === "R" || staged === "C") i++;
    if (unstaged === "D" || (staged === "D" && unstaged === " ")) continue;
    files.push(field.slice("XY ".length));
  }
  return files;
}
