import type { ProjectSchema } from "../schema/open-schema.ts";
import type { SchemaChange } from "../schema/plan-changes.ts";
import { planChanges } from "../schema/plan-changes.ts";
import { countChanges } from "../schema/show-changes.ts";
import type { SchemaLocation } from "../schema/suggested-commands.ts";
import { cliCommand } from "../schema/suggested-commands.ts";
import type { Finding } from "./finding.ts";

/** Checks that the schema has all models, fields and indexes that the library needs. */
export function checkSchema(project: ProjectSchema, location: SchemaLocation): readonly Finding[] {
  const { place, datasource } = project;
  const { changes, conflicts } = planChanges(project);
  const label = `Schema: ${place.label} (${datasource.provider})`;
  const findings: Finding[] = conflicts.map((conflict) => ({
    status: "problem",
    text: `Schema: ${conflict}`,
    todo: `Edit ${place.label}: ${conflict}`,
  }));
  if (changes.length > 0) {
    findings.push({
      status: "problem",
      text: `${label} is missing ${countChanges(changes)}: ${changes.map(nameOf).join(", ")}`,
      todo: cliCommand("sync --write", location),
    });
  }
  return findings.length > 0 ? findings : [{ status: "ok", text: `${label} has all models` }];
}

function nameOf(change: SchemaChange): string {
  if (change.kind === "model") return change.model;
  return change.kind === "field"
    ? `${change.model}.${change.field.name}`
    : `${change.model} ${change.attribute}`;
}
