import type { CliIo } from "../project/cli-io.ts";
import type { CliOptions } from "./cli-options.ts";
import { CliError } from "../project/cli-error.ts";
import { findSchema } from "../schema/find-schema.ts";
import { planChanges } from "../schema/plan-changes.ts";
import { commandArguments, openSchema } from "../schema/open-schema.ts";
import { countChanges, showChanges } from "../schema/show-changes.ts";
import { writeChanges } from "../schema/write-changes.ts";

export const migrateCommand = "npx prisma migrate dev --name node_llm_trpc";

/** `sync`: adds what an existing schema lacks. Returns the exit code. */
export function sync(options: CliOptions, io: CliIo): number {
  const place = findSchema(io.cwd, options.schema);
  if (place.files.length === 0) {
    throw new CliError(
      `There is no Prisma schema at ${place.label}. Run: npx node-llm-trpc init${commandArguments(options)}`,
    );
  }
  const project = openSchema(place, options, io);
  const { changes, conflicts } = planChanges(project);
  const writes = options.write && !options.dryRun;
  if (changes.length === 0) {
    io.out(`Nothing to add: ${place.label} has all that node-llm-trpc needs.`);
  } else if (writes) {
    const written = writeChanges(project, changes);
    io.out(showChanges(changes));
    io.out(`\nAdded ${countChanges(changes)} to ${written.join(" and ")}.`);
    io.out(
      `\nNext:\n  1. ${migrateCommand}${prismaSchemaArgument(options)}\n  2. npx prisma generate${prismaSchemaArgument(options)}`,
    );
  } else {
    io.out(showChanges(changes));
    io.out(
      `\n${place.label} lacks ${countChanges(changes)}. Nothing was written.\n\nNext:\n` +
        `  1. npx node-llm-trpc sync --write${commandArguments(options)}\n` +
        `  2. ${migrateCommand}${prismaSchemaArgument(options)}`,
    );
  }
  return reportConflicts(conflicts, io);
}

/** Lists what the author of the schema has to change; returns the exit code. */
export function reportConflicts(conflicts: readonly string[], io: CliIo): number {
  if (conflicts.length === 0) return 0;
  const list = conflicts.map((conflict) => `  ${conflict}`).join("\n");
  io.err(`\nThese are yours to change; the command leaves what is there as it is:\n${list}`);
  return 1;
}

/** Prisma's own `--schema`, where the project's config does not say it. */
export function prismaSchemaArgument(options: CliOptions): string {
  return options.schema === undefined ? "" : ` --schema ${options.schema}`;
}
