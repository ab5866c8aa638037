import type { CliIo } from "../project/cli-io.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import type { SchemaLocation } from "../schema/suggested-commands.ts";
import { cliCommand } from "../schema/suggested-commands.ts";
import { readSearchIndex } from "../search/read-search-index.ts";
import { withoutIndex } from "../search/write-search-index.ts";
import type { Finding } from "./finding.ts";

/** Checks that the migrations create the index of the search. Everything works without it. */
export function checkSearch(
  project: ProjectSchema,
  location: SchemaLocation,
  io: CliIo,
): readonly Finding[] {
  const index = readSearchIndex(project, io.cwd);
  if (index === null) return [];
  if (index.state !== "complete") {
    const add = cliCommand("sync --write", location);
    return [{ status: "note", text: `Search: no index. ${withoutIndex} Add it: ${add}` }];
  }
  if (index.unnamedTables.length > 0) {
    return [
      {
        status: "problem",
        text: "Search: the Prisma config does not name its tables as external, and Prisma Migrate would remove them",
        todo: `Add to tables.external in the Prisma config: ${index.unnamedTables.join(", ")}`,
      },
    ];
  }
  return [{ status: "ok", text: "Search: the migrations create its index" }];
}
