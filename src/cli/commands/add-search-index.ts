import type { CliIo } from "../project/cli-io.ts";
import { cliCommand, prismaCommand } from "../schema/suggested-commands.ts";
import type { SearchIndex } from "../search/read-search-index.ts";
import {
  externalTablesText,
  withoutIndex,
  writeSearchIndex,
} from "../search/write-search-index.ts";
import type { CliOptions } from "./cli-options.ts";
import { numberedList } from "./numbered-list.ts";

/** The part of `sync` for a project whose schema is complete: adds the migration for the search. Returns the exit code. */
export function addSearchIndex(index: SearchIndex, options: CliOptions, io: CliIo): number {
  const { unnamedTables, state } = index;
  const migrate = prismaCommand("migrate dev", options.schema);
  io.out(
    state === "missing"
      ? `The schema is complete, but no migration creates the index of the search. ${withoutIndex}`
      : `The schema is complete, but a later migration has removed the index of the search. ${withoutIndex}`,
  );
  if (unnamedTables.length > 0) {
    io.err(
      `\nThe index has tables that a Prisma schema cannot express, and Prisma Migrate would remove them. ` +
        `Add this to your Prisma config first, and run this command again:\n\n${externalTablesText(unnamedTables)}`,
    );
    return 1;
  }
  if (options.write && !options.dryRun) {
    io.out(`\nWrote ${writeSearchIndex(index, io)}.\n\nNext:\n${numberedList([migrate])}`);
  } else {
    const steps = [cliCommand("sync --write", options), migrate];
    io.out(`\nNothing was written.\n\nNext:\n${numberedList(steps)}`);
  }
  return 0;
}
