import type { CliIo } from "../project/cli-io.ts";
import type { CliOptions } from "./cli-options.ts";
import { createSchema } from "./create-schema.ts";
import { findSchema } from "../schema/find-schema.ts";
import type { SchemaChange } from "../schema/plan-changes.ts";
import { planChanges } from "../schema/plan-changes.ts";
import { commandArguments, openSchema } from "../schema/open-schema.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import { countChanges, showChanges } from "../schema/show-changes.ts";
import { migrateCommand, prismaSchemaArgument, reportConflicts } from "./sync.ts";
import { writeChanges } from "../schema/write-changes.ts";

/** `init`: writes a schema, or adds the models to the one that is there. Resolves with the exit code. */
export async function init(options: CliOptions, io: CliIo): Promise<number> {
  const place = findSchema(io.cwd, options.schema);
  if (place.files.length === 0) return await createSchema(place, options, io);
  return addModels(openSchema(place, options, io), options, io);
}

function addModels(project: ProjectSchema, options: CliOptions, io: CliIo): number {
  const { place } = project;
  const plan = planChanges(project);
  const changes = plan.changes.filter((change) => belongsToNewModel(change, plan.changes));
  const left = plan.changes.length - changes.length;
  if (changes.length === 0) {
    io.out(`Nothing to add: ${place.label} has the models already.`);
  } else if (options.write && !options.dryRun) {
    const written = writeChanges(project, changes);
    io.out(`Added to ${written.join(" and ")}:\n\n${showChanges(changes)}`);
    if (left === 0) {
      const schema = prismaSchemaArgument(options);
      io.out(`\nNext:\n  1. ${migrateCommand}${schema}\n  2. npx prisma generate${schema}`);
    }
  } else {
    io.out(`${place.label} is there and lacks ${countChanges(changes)}. Nothing was written.`);
    io.out(`Add this, or run: npx node-llm-trpc init --write${commandArguments(options)}\n`);
    io.out(showChanges(changes));
  }
  if (left > 0) {
    io.out(
      `\nThe models that are there lack columns or indexes. Next: npx node-llm-trpc sync${commandArguments(options)}`,
    );
  }
  return reportConflicts(plan.conflicts, io);
}

/** A relation has two ends: a model is only valid with the fields that lead to it. */
function belongsToNewModel(change: SchemaChange, changes: readonly SchemaChange[]): boolean {
  if (change.kind === "model") return true;
  if (change.kind === "attribute") return false;
  return changes.some(({ kind, model }) => kind === "model" && model === change.field.type);
}
