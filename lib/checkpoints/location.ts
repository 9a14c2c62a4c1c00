/** Where a checkpoint lies: on this machine or behind an http(s) address. */
export interface Location {
  /** How messages name it. */
  readonly name: string;
  readonly url?: URL;
  readonly path?: string | URL;
}

/** @throws {RangeError} If the address has a scheme other than file, http and https. */
export function locate(pathOrUrl: string | URL): Location {
  const url = typeof pathOrUrl === "string" && /^(https?|file):\/\//i.test(pathOrUrl)
    ? new URL(pathOrUrl)
    : pathOrUrl;
  if (typeof url === "string") return { name: url, path: url };
  if (url.protocol === "http:" || url.protocol === "https:") return { name: url.href, url };
  if (url.protocol === "file:") return { name: decodeURIComponent(url.pathname), path: url };
  throw new RangeError(
    `Cannot use the address ${url.href}: the scheme must be file, http or https, not ${url.protocol}`,
  );
}

/** The file beside `location`, or in it where that is a folder. */
export function resolve(location: Location, relative: string, folder: boolean): Location {
  if (location.url) return locate(new URL(relative, location.url));
  const base = folder ? location.name : parentOf(location.name);
  return locate(`${base.replace(/[/\\]$/, "")}/${relative}`);
}

/** The folder of a path, "." where the path has none. */
function parentOf(path: string): string {
  return path.match(/^(.*)[/\\][^/\\]*$/)?.[1] ?? ".";
}

/** The last part of the name, without what follows its last dot. */
export function baseName(location: Location): string {
  const path = location.url ? decodeURIComponent(location.url.pathname) : location.name;
  const file = path.split(/[/\\]/).at(-1)!;
  return file.replace(/(?<=.)\.[^.]*$/, "");
}
