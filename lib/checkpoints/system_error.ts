/** Runs an operation on files or the network; its failure becomes a RangeError that begins with `action`. */
export async function onSystem<T>(action: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw new RangeError(`${action}: ${reasonOf(error)}`, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = {
  NotFound: "there is no such file or folder",
  PermissionDenied: "the system denies access",
  NotCapable: "this program was not given access to it",
};

/** The innermost cause says most: of "fetch failed", that the host has no address. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return reasons[error.name] ?? error.message.split("\n")[0]!;
}
