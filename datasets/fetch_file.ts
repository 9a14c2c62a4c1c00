import { createHash } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { RemoteFile } from "./catalog.ts";

/** Options of {@linkcode fetchFile}. */
export interface FetchOptions {
  /** How long the server may send nothing before the connection is given up, in milliseconds. @default {60_000} */
  readonly idleTimeout?: number;
  /** How often an interrupted download is gone on with, counted anew whenever something came. @default {4} */
  readonly retries?: number;
  /** How long to wait before the first retry, in milliseconds; twice as long before each further one. @default {1000} */
  readonly retryDelay?: number;
  /** Aborting it stops the download; what came is kept. */
  readonly signal?: AbortSignal;
  /** Called with the bytes that are there, and those of the whole file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What `setTimeout` takes; it fires at once for more. */
const longestTimeout = 2 ** 31 - 1;

/** An error after which going on may help. */
class Interruption extends Error {}

/** There was no connection at all: going on helps where there was one before, else the reader wants to know at once. */
class Unreachable extends Interruption {}

/** The part of a file that has come, on the disk. */
interface Partial {
  readonly file: Deno.FsFile;
  size: number;
  /** Whether it came over more than one connection, or in an earlier call: its parts may be those of several versions. */
  joined: boolean;
  /** What the server calls this version of the file, for If-Range: its strong ETag, else Last-Modified. */
  validator?: string;
}

/** The file in which the validator of a partial file is kept. */
const validatorPath = (path: string) => `${path}.validator`;

/**
 * Fetches a file to `path`, or what an earlier call left out: the file there at the end has the length and sha256 of the entry.
 *
 * Where the connection breaks or falls silent, or the server is busy, it goes on from there a few times, by HTTP range requests
 * (RFC 9110, section 14). If-Range keeps the parts of two versions of a file apart; where a server names no version, the checksum
 * does, and the file is fetched once more from its start. What came stays at `path` also when the call fails, unless it can't be
 * part of the file.
 *
 * @throws {RangeError} If an option is out of its range.
 * @throws {Error} If the server can't be reached, refuses, breaks off too often, or has another file than the entry tells; one
 * line with the address and the reason.
 */
export async function fetchFile(
  remote: RemoteFile,
  path: string,
  options: FetchOptions = {},
): Promise<void> {
  const { idleTimeout = 60_000, retries = 4, retryDelay = 1000 } = options;
  requireOption(remote.url, "idleTimeout", idleTimeout, idleTimeout > 0);
  requireOption(remote.url, "retries", retries, retries >= 0);
  requireOption(remote.url, "retryDelay", retryDelay, retryDelay >= 0);
  const settings = { ...options, idleTimeout, retries, retryDelay };

  using file = await Deno.open(path, { read: true, write: true, create: true });
  if (!await file.tryLock(true)) {
    throw new Error(`Cannot download ${remote.url}: another process is downloading it to ${path}`);
  }
  const size = await file.seek(0, Deno.SeekMode.End);
  const partial: Partial = {
    file,
    size,
    joined: size > 0,
    validator: await readIfThere(validatorPath(path)),
  };
  try {
    await receive(remote, path, partial, settings);
    let digest = await digestFile(path, options.signal);
    if (digest !== remote.sha256 && partial.joined) {
      await startOver(partial);
      await receive(remote, path, partial, settings);
      digest = await digestFile(path, options.signal);
    }
    if (digest !== remote.sha256) {
      await startOver(partial);
      throw new Error(
        `Cannot download ${remote.url}: its sha256 must be ${remote.sha256}, but is ${digest}`,
      );
    }
    await file.sync();
    await removeIfThere(validatorPath(path));
  } finally {
    if (partial.size === 0) {
      await removeIfThere(path);
      await removeIfThere(validatorPath(path));
    }
  }
}

/**
 * The sha256 of a file, in hexadecimal digits.
 *
 * @throws The reason of the signal, when it is aborted.
 */
export async function digestFile(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  const file = await Deno.open(path);
  for await (const chunk of file.readable) {
    signal?.throwIfAborted();
    hash.update(chunk);
  }
  return hash.digest("hex");
}

/** Writes all of the bytes where the file is at. */
export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

/** The innermost reason on one line, without the address, which the sentence around it has already. */
export function reasonOf(error: unknown, url: string): string {
  let reason = error;
  while (reason instanceof Error && reason.cause !== undefined) reason = reason.cause;
  const text = reason instanceof Error ? reason.message : String(reason);
  return text.replace(` for url (${url})`, "").split("\n")[0]!;
}

function requireOption(url: string, name: string, value: number, inRange: boolean): void {
  if (inRange && value <= longestTimeout) return;
  const range = name === "idleTimeout" ? `(0, ${longestTimeout}] ms` : `[0, ${longestTimeout}]`;
  throw new RangeError(
    `Cannot download ${url} as ${name} must be in ${range}: current value is ${value}`,
  );
}

type Settings =
  & FetchOptions
  & Required<Pick<FetchOptions, "idleTimeout" | "retries" | "retryDelay">>;

/** Receives what is missing, over as many connections as it takes. */
async function receive(
  remote: RemoteFile,
  path: string,
  partial: Partial,
  settings: Settings,
): Promise<void> {
  const { retries, retryDelay, signal } = settings;
  let reached = false;
  for (let failures = 0;;) {
    const before = partial.size;
    try {
      await receiveOnce(remote, path, partial, settings);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof Interruption)) throw error;
      reached ||= !(error instanceof Unreachable);
      failures = partial.size > before ? 1 : failures + 1;
      if (failures > retries || !reached) {
        const kept = partial.size === 0
          ? ""
          : `; ${partial.size} bytes are kept, and the next call goes on from there`;
        throw new Error(`Cannot download ${remote.url}: ${error.message}${kept}`, { cause: error });
      }
      await wait(Math.min(retryDelay * 2 ** (failures - 1), longestTimeout), undefined, { signal })
        .catch(() => signal?.throwIfAborted());
    }
  }
}

/** Receives what is missing over one connection, or as much of it as comes. */
async function receiveOnce(
  remote: RemoteFile,
  path: string,
  partial: Partial,
  { idleTimeout, signal, onProgress }: Settings,
): Promise<void> {
  const { url } = remote;
  if (remote.bytes !== undefined && partial.size > remote.bytes) await startOver(partial);
  if (partial.size === remote.bytes) return;

  const stop = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });
  stopped.catch(() => {});
  const abort = () => stop.abort(signal!.reason);
  signal?.addEventListener("abort", abort, { once: true });
  /** What the network does next, unless it takes too long or the caller aborts. */
  const next = async <Result>(step: Promise<Result>): Promise<Result> => {
    const silence = new Interruption(`the server sent nothing for ${idleTimeout / 1000} s`);
    const timer = setTimeout(() => stop.abort(silence), idleTimeout);
    try {
      return await Promise.race([step, stopped]);
    } catch (error) {
      throw stop.signal.aborted ? stop.signal.reason : interruptionOf(error, url);
    } finally {
      clearTimeout(timer);
    }
  };
  try {
    const response = await next(fetch(url, {
      headers: rangeHeaders(partial),
      signal: stop.signal,
    }));
    const expected = await begin(remote, path, partial, response);
    if (expected === partial.size) return;
    onProgress?.(partial.size, expected);
    const reader = response.body!.getReader();
    for (let part = await next(reader.read()); !part.done; part = await next(reader.read())) {
      if (partial.size + part.value.length > expected) {
        await startOver(partial);
        throw otherLength(url, expected, "more came");
      }
      await writeAll(partial.file, part.value);
      partial.size += part.value.length;
      onProgress?.(partial.size, expected);
    }
    if (partial.size < expected) {
      throw new Interruption(
        `the connection was cut: its length must be ${expected} bytes, but ${partial.size} came`,
      );
    }
  } finally {
    signal?.removeEventListener("abort", abort);
    // Whatever was left of the answer isn't wanted.
    stop.abort();
  }
}

/** Asks for what is missing, as bytes of the file itself. */
function rangeHeaders({ size, validator }: Partial): Record<string, string> {
  return {
    "accept-encoding": "identity",
    ...(size > 0 && { range: `bytes=${size}-` }),
    ...(size > 0 && validator !== undefined && { "if-range": validator }),
  };
}

/** Reads the head of an answer, makes the partial file what its body continues, and returns the length of the whole file. */
async function begin(
  { url, bytes }: RemoteFile,
  path: string,
  partial: Partial,
  response: Response,
): Promise<number> {
  const { status, headers } = response;
  const range = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(headers.get("content-range") ?? "");
  const ofRange = range === null || range[2] === "*" ? undefined : Number(range[2]);

  if (status === 206 || status === 416) {
    const continues = status === 416
      ? ofRange === partial.size
      : Number(range?.[1]) === partial.size;
    if (!continues || !isSameVersion(partial, headers)) {
      await startOver(partial);
      throw new Interruption("the server has another file than the one begun");
    }
    if (bytes !== undefined && ofRange !== undefined && ofRange !== bytes) {
      await startOver(partial);
      throw otherLength(url, bytes, `the server has ${ofRange}`);
    }
    if (bytes === undefined && ofRange === undefined) throw unknownLength(url);
    partial.joined ||= partial.size > 0;
    return bytes ?? ofRange!;
  }

  if (!response.ok || response.body === null) {
    const answer = `the server answered ${status} ${response.statusText}`.trimEnd();
    const busy = status >= 500 || status === 429 || status === 408;
    throw busy ? new Interruption(answer) : new Error(`Cannot download ${url}: ${answer}`);
  }
  // Without a range the file begins again, because the server knows no ranges, or another version of the file.
  await startOver(partial);
  const announced = headers.get("content-encoding") === null ? headers.get("content-length") : null;
  const length = announced === null ? undefined : Number(announced);
  if (bytes === undefined && length === undefined) throw unknownLength(url);
  if (bytes !== undefined && length !== undefined && length !== bytes) {
    throw otherLength(url, bytes, `the server has ${length}`);
  }
  partial.validator = validatorOf(headers);
  if (partial.validator === undefined) await removeIfThere(validatorPath(path));
  else await Deno.writeTextFile(validatorPath(path), partial.validator);
  return bytes ?? length!;
}

/** Whether a server that gives a range may mean the version that was begun: not all heed If-Range. */
function isSameVersion({ validator }: Partial, headers: Headers): boolean {
  const found = validatorOf(headers);
  return validator === undefined || found === undefined || found === validator;
}

function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get("etag");
  return (etag?.startsWith('"') ? etag : headers.get("last-modified")) ?? undefined;
}

async function startOver(partial: Partial): Promise<void> {
  await partial.file.truncate(0);
  await partial.file.seek(0, Deno.SeekMode.Start);
  partial.size = 0;
  partial.joined = false;
  partial.validator = undefined;
}

function otherLength(url: string, bytes: number, instead: string): Error {
  return new Error(`Cannot download ${url}: its length must be ${bytes} bytes, but ${instead}`);
}

/** Without any length a server could fill the disk. */
function unknownLength(url: string): Error {
  return new Error(
    `Cannot download ${url}: its length must be known, but the server doesn't announce it`,
  );
}

function interruptionOf(error: unknown, url: string): Error {
  const reason = reasonOf(error, url);
  const { host } = new URL(url);
  if (reason.includes("(Connect)")) {
    return new Unreachable(
      `no connection to ${host}, is this machine online, or is HTTPS_PROXY to be set? (${reason})`,
    );
  }
  // Deno tells failures of the network as TypeErrors, like those that no retry mends.
  if (error instanceof TypeError && !/redirect/i.test(reason)) return new Interruption(reason);
  return new Error(`Cannot download ${url}: ${reason}`, { cause: error });
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
