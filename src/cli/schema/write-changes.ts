import { writeFileSync } from "node:fs";

import { applyChanges } from "./apply-changes.ts";
import type { SchemaChange } from "./plan-changes.ts";
import type { ProjectSchema } from "./open-schema.ts";
import type { SchemaFile } from "./read-schema-files.ts";
import { blocksOf } from "./read-schema-files.ts";
import { modelRoles, roleOf } from "./model-names.ts";
import type { ModelNames } from "./model-names.ts";

/**
 * Writes the changes to the schema's files. New models go to the file that has the other ones, else to
 * the last one. Returns the labels of the files that were written.
 */
export function writeChanges(
  { files, names }: ProjectSchema,
  changes: readonly SchemaChange[],
): readonly string[] {
  const receiver = fileForModels(files, names);
  const written: string[] = [];
  for (const file of files) {
    const text = applyChanges(file, changes, file === receiver);
    if (text === file.text) continue;
    writeFileSync(file.path, text);
    written.push(file.label);
  }
  return written;
}

/** The file that takes new models. */
function fileForModels(files: readonly SchemaFile[], names: ModelNames): SchemaFile | undefined {
  const homes = blocksOf(files, "model").filter(({ block }) => roleOf(names, block.name) !== null);
  const [home] = modelRoles.flatMap((role) =>
    homes.filter(({ block }) => block.name === names[role]),
  );
  return home?.file ?? files.at(-1);
}
