import { findNextApp } from "../app/next-app.ts";
import type { CliIo } from "../project/cli-io.ts";
import { findSchema } from "../schema/find-schema.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import { openSchema } from "../schema/open-schema.ts";
import type { SchemaChange } from "../schema/plan-changes.ts";
import { planChanges } from "../schema/plan-changes.ts";
import { countChanges, showChanges } from "../schema/show-changes.ts";
import { cliCommand, migrateCommand, prismaCommand } from "../schema/suggested-commands.ts";
import { writeChanges } from "../schema/write-changes.ts";
import type { CliOptions } from "./cli-options.ts";
import { createSchema } from "./create-schema.ts";
import { numberedList } from "./numbered-list.ts";
import { reportConflicts } from "./report-conflicts.ts";
import { setUpApp } from "./set-up-app.ts";

/** `init`: writes a new schema or adds the models to an existing one, and sets up a Next.js app. Resolves with the exit code. */
export async function init(options: CliOptions, io: CliIo): Promise<number> {
  const place = findSchema(io.cwd, options.schema);
  const app = findNextApp(io.cwd);
  const isNew = place.files.length === 0;
  const code = isNew
    ? await createSchema(place, options, io, app)
    : addModels(openSchema(place, options, io), options, io, app === null);
  if (app === null || (isNew && options.dryRun)) return code;
  return Math.max(code, setUpApp(app, options, io));
}

/** @param isAll whether nothing is set up after the models, so that what comes next can be said */
function addModels(project: ProjectSchema, options: CliOptions, io: CliIo, isAll: boolean): number {
  const { place } = project;
  const { schema } = options;
  const plan = planChanges(project);
  const changes = plan.changes.filter((change) => belongsToNewModel(change, plan.changes));
  const isIncomplete = changes.length < plan.changes.length;
  if (changes.length === 0) {
    io.out(`Nothing to add: ${place.label} already has the models.`);
  } else if (options.write && !options.dryRun) {
    const written = writeChanges(project, changes);
    io.out(`Added to ${written.join(" and ")}:\n\n${showChanges(changes)}`);
    if (!isIncomplete && isAll) {
      const steps = [migrateCommand(schema), prismaCommand("generate", schema)];
      io.out(`\nNext:\n${numberedList(steps)}`);
    }
  } else {
    io.out(`${place.label} is missing ${countChanges(changes)}. Nothing was written.`);
    io.out(`Add these lines, or run: ${cliCommand("init --write", options)}\n`);
    io.out(showChanges(changes));
  }
  if (isIncomplete) {
    io.out(
      `\nThe existing models are missing fields or indexes. Next: ${cliCommand("sync", options)}`,
    );
  }
  return reportConflicts(plan.conflicts, io);
}

/** A new model also needs the relation fields in other models that lead to it. */
function belongsToNewModel(change: SchemaChange, changes: readonly SchemaChange[]): boolean {
  if (change.kind === "model") return true;
  if (change.kind === "attribute") return false;
  return changes.some(({ kind, model }) => kind === "model" && model === change.field.type);
}
