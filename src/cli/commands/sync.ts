import { CliError } from "../project/cli-error.ts";
import type { CliIo } from "../project/cli-io.ts";
import { findSchema } from "../schema/find-schema.ts";
import { openSchema } from "../schema/open-schema.ts";
import { planChanges } from "../schema/plan-changes.ts";
import { countChanges, showChanges } from "../schema/show-changes.ts";
import { cliCommand, migrateCommand, prismaCommand } from "../schema/suggested-commands.ts";
import { writeChanges } from "../schema/write-changes.ts";
import { readSearchIndex } from "../search/read-search-index.ts";
import { addSearchIndex } from "./add-search-index.ts";
import type { CliOptions } from "./cli-options.ts";
import { numberedList } from "./numbered-list.ts";
import { reportConflicts } from "./report-conflicts.ts";

/** For messages from before `LlmAttachment`. */
const moveHint =
  "Messages from before keep their files in their rows, where they are read. To move them, call moveAttachments({ prisma }) of node-llm-trpc/server once.";

/** `sync`: adds what an existing schema is missing. Returns the exit code. */
export function sync(options: CliOptions, io: CliIo): number {
  const { schema } = options;
  const place = findSchema(io.cwd, schema);
  if (place.files.length === 0) {
    throw new CliError(
      `There is no Prisma schema at ${place.label}. Run: ${cliCommand("init", options)}`,
    );
  }
  const project = openSchema(place, options, io);
  const { changes, conflicts } = planChanges(project);
  if (changes.length === 0 && conflicts.length === 0) {
    const index = readSearchIndex(project, io.cwd);
    if (index !== null && index.state !== "complete") return addSearchIndex(index, options, io);
  }
  if (changes.length === 0) {
    io.out(`Nothing to add: ${place.label} has everything that node-llm-trpc needs.`);
  } else if (options.write && !options.dryRun) {
    const written = writeChanges(project, changes);
    const steps = [migrateCommand(schema), prismaCommand("generate", schema)];
    io.out(showChanges(changes));
    io.out(`\nAdded ${countChanges(changes)} to ${written.join(" and ")}.`);
    io.out(`\nNext:\n${numberedList(steps)}`);
    const added = new Set(changes.map((change) => (change.kind === "model" ? change.role : null)));
    // A schema without messages has none to move.
    if (added.has("attachment") && !added.has("message")) io.out(`\n${moveHint}`);
  } else {
    const steps = [cliCommand("sync --write", options), migrateCommand(schema)];
    io.out(showChanges(changes));
    io.out(`\n${place.label} is missing ${countChanges(changes)}. Nothing was written.`);
    io.out(`\nNext:\n${numberedList(steps)}`);
  }
  return reportConflicts(conflicts, io);
}
