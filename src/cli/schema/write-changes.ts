import { writeFileSync } from "node:fs";

import type { SchemaModelNames } from "./model-names.ts";
import type { ProjectSchema } from "./open-schema.ts";
import type { SchemaBlock, SchemaEntry } from "./parse-schema.ts";
import type { SchemaChange } from "./plan-changes.ts";
import { findSchemaModels } from "./plan-changes.ts";
import type { SchemaFile } from "./read-schema-files.ts";
import { renderFields } from "./render-model.ts";

/**
 * Writes the changes to the schema's files. New models go into the file that has the other chat models,
 * or into the last file.
 *
 * @returns the labels of the files that were written.
 */
export function writeChanges(
  { files, names }: ProjectSchema,
  changes: readonly SchemaChange[],
): readonly string[] {
  const home = fileForModels(files, names);
  const written: string[] = [];
  for (const file of files) {
    const text = applyChanges(file, changes, file === home);
    if (text === file.text) continue;
    writeFileSync(file.path, text);
    written.push(file.label);
  }
  return written;
}

function fileForModels(
  files: readonly SchemaFile[],
  names: SchemaModelNames,
): SchemaFile | undefined {
  const existing = findSchemaModels(files, names);
  const [first] = existing.values();
  return first?.file ?? files.at(-1);
}

/** Inserts the changes that belong in a file. Existing text stays as it is, comments and spacing included. */
function applyChanges(
  file: SchemaFile,
  changes: readonly SchemaChange[],
  takesModels: boolean,
): string {
  const newline = file.text.includes("\r\n") ? "\r\n" : "\n";
  const insertions = file.blocks.flatMap((block) => insertionsFor(file.text, block, changes));
  let text = file.text;
  for (const { at, lines } of insertions.toSorted((a, b) => b.at - a.at)) {
    const rest = text.slice(at);
    const closing = rest.startsWith("}") ? newline : "";
    text = text.slice(0, at) + lines.map((line) => newline + line).join("") + closing + rest;
  }
  if (!takesModels) return text;
  for (const change of changes) {
    if (change.kind === "model") text = appendBlock(text, change.lines, newline);
  }
  return text;
}

/** Appends a block after an empty line. */
function appendBlock(text: string, lines: readonly string[], newline: string): string {
  const trimmed = text.trimEnd();
  const before = trimmed === "" ? "" : trimmed + newline + newline;
  return before + lines.join(newline) + newline;
}

interface Insertion {
  readonly at: number;
  readonly lines: readonly string[];
}

function insertionsFor(
  text: string,
  block: SchemaBlock,
  changes: readonly SchemaChange[],
): Insertion[] {
  const own = changes.filter((change) => change.kind !== "model" && change.place.block === block);
  const fields = own.flatMap((change) => (change.kind === "field" ? [change.field] : []));
  const attributes = own.flatMap((change) =>
    change.kind === "attribute" ? [change.attribute] : [],
  );
  const last = block.fields.at(-1);
  const indent = /[ \t]+$/.exec(text.slice(block.bodyStart, last?.start))?.[0] ?? "  ";
  const fieldLines = fields.length === 0 ? [] : ["", ...renderFields(fields, indent)];
  const attributeLines = attributes.map((attribute) => indent + attribute);
  const afterFields = endOf(block, last);
  const lastAttribute = block.attributes.at(-1);
  if (lastAttribute === undefined) {
    const separated = attributeLines.length === 0 ? [] : ["", ...attributeLines];
    return toInsertions([{ at: afterFields, lines: [...fieldLines, ...separated] }]);
  }
  return toInsertions([
    { at: afterFields, lines: fieldLines },
    { at: endOf(block, lastAttribute), lines: attributeLines },
  ]);
}

function toInsertions(insertions: readonly Insertion[]): Insertion[] {
  return insertions.filter(({ lines }) => lines.length > 0);
}

function endOf(block: SchemaBlock, entry: SchemaEntry | undefined): number {
  return Math.min(entry?.lineEnd ?? block.bodyStart, block.bodyEnd);
}
