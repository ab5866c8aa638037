import type { CliOptions } from "../commands/cli-options.ts";
import type { Finding } from "./finding.ts";
import { planChanges } from "../schema/plan-changes.ts";
import type { ProjectSchema } from "../schema/open-schema.ts";
import { commandArguments } from "../schema/open-schema.ts";
import { countChanges } from "../schema/show-changes.ts";

/** Checks that the schema has the models with all that the library needs. */
export function checkSchema(project: ProjectSchema, options: CliOptions): readonly Finding[] {
  const { place, datasource } = project;
  const { changes, conflicts } = planChanges(project);
  const label = `Schema: ${place.label} (${datasource.provider})`;
  const findings: Finding[] = conflicts.map((conflict) => ({
    status: "problem",
    text: `Schema: ${conflict}`,
    todo: `Change ${place.label}: ${conflict}`,
  }));
  if (changes.length > 0) {
    const lacking = changes.map((change) => {
      if (change.kind === "model") return change.model;
      const part = change.kind === "field" ? `.${change.field.name}` : ` ${change.attribute}`;
      return change.model + part;
    });
    findings.push({
      status: "problem",
      text: `${label} lacks ${countChanges(changes)}: ${lacking.join(", ")}`,
      todo: `npx node-llm-trpc sync --write${commandArguments(options)}`,
    });
  }
  return findings.length > 0 ? findings : [{ status: "ok", text: `${label} has all models` }];
}
