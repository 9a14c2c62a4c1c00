/** The part of the Web Locks API that is of use here: Deno has it, but not its types. */
interface WebLocks {
  /** Waits for the lock, calls `hold`, and releases it once that settles, or this thread ends. */
  request<T>(
    name: string,
    options: { readonly signal?: AbortSignal },
    hold: () => T,
  ): Promise<Awaited<T>>;
}

export const { locks } = navigator as unknown as { readonly locks: WebLocks };
