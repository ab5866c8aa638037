import type { SchemaChange } from "./plan-changes.ts";
import { renderFields } from "./render-model.ts";

/** Shows the changes as added lines, like a diff. */
export function showChanges(changes: readonly SchemaChange[]): string {
  const lines: string[] = [];
  let heading = "";
  for (const change of changes) {
    const next =
      change.kind === "model"
        ? `model ${change.model} (new)`
        : `model ${change.model} (${change.place.file.label})`;
    if (next !== heading) lines.push(...(lines.length === 0 ? [] : [""]), next);
    heading = next;
    lines.push(...linesOf(change).map((line) => `+ ${line}`.trimEnd()));
  }
  return lines.join("\n");
}

function linesOf(change: SchemaChange): readonly string[] {
  if (change.kind === "model") return change.lines;
  return change.kind === "field" ? renderFields([change.field]) : [`  ${change.attribute}`];
}

/** Counts the changes: `1 model, 3 fields and 1 index`. */
export function countChanges(changes: readonly SchemaChange[]): string {
  const count = (kind: SchemaChange["kind"], one: string, many: string): string[] => {
    const { length } = changes.filter((change) => change.kind === kind);
    return length === 0 ? [] : [`${length} ${length === 1 ? one : many}`];
  };
  const parts = [
    ...count("model", "model", "models"),
    ...count("field", "field", "fields"),
    ...count("attribute", "index", "indexes"),
  ];
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}
