import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { fromJson, toJson } from "./json.ts";
import type { CellTiming } from "./results.ts";

/** What is kept of a cell. */
export interface JournalEntry {
  readonly result: unknown;
  readonly timing: CellTiming;
}

/** Keeps every cell that was ever computed, by what it depends on. */
export interface Journal {
  readonly read: (digest: string) => JournalEntry | undefined;
  /**
   * Writes an entry, in full or not at all: it is there after whatever ends this process. `inputs` and `name` are for people who look into it.
   *
   * @throws {Error} One line that names the file, if it can't be written, as on a full disk.
   */
  readonly write: (
    digest: string,
    entry: JournalEntry,
    about: { readonly name: string; readonly inputs: string },
  ) => void;
  readonly close: () => void;
}

/** How long another run that writes is waited for, in milliseconds. */
const patience = 60_000;

/**
 * Opens a journal, and makes it where there is none. Several runs may share one.
 *
 * @throws {Error} One line that names the file, if it can't be written or is no journal.
 */
export function openJournal(path: string): Journal {
  let database: DatabaseSync, find: StatementSync, put: StatementSync;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path);
    database.exec(`
      pragma busy_timeout = ${patience};
      pragma journal_mode = wal;
      pragma synchronous = normal;
      create table if not exists cells (
        digest text primary key,
        name text not null,
        inputs text not null,
        result text not null,
        timing text not null,
        written text not null default current_timestamp
      ) strict;
    `);
    find = database.prepare("select result, timing from cells where digest = ?");
    put = database.prepare(
      "insert or replace into cells (digest, name, inputs, result, timing) values (?, ?, ?, ?, ?)",
    );
  } catch (error) {
    throw new Error(`Cannot use ${path} as a journal: ${(error as Error).message}`, {
      cause: error,
    });
  }
  return {
    read(digest) {
      const row = find.get(digest);
      if (row === undefined) return undefined;
      return {
        result: fromJson(row.result as string),
        timing: fromJson(row.timing as string) as CellTiming,
      };
    },
    write(digest, { result, timing }, { name, inputs }) {
      try {
        put.run(digest, name, inputs, toJson(result), toJson(timing));
      } catch (error) {
        throw new Error(`Cannot write to ${path}: ${(error as Error).message}`, { cause: error });
      }
    },
    close: () => database.close(),
  };
}
