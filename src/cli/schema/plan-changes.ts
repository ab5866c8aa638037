import type { SchemaModelNames, ModelRole } from "./model-names.ts";
import { modelRoles, nameOptions } from "./model-names.ts";
import type { SchemaBlock, SchemaField } from "./parse-schema.ts";
import { renderModel } from "./render-model.ts";
import type { Datasource, PlacedBlock, SchemaFile } from "./read-schema-files.ts";
import { blocksOf } from "./read-schema-files.ts";
import type { TemplateField, TemplateModel } from "./template-models.ts";
import { fieldsOf, templateModels } from "./template-models.ts";

/** Something that is missing from a schema. */
export type SchemaChange =
  | {
      readonly kind: "model";
      readonly role: ModelRole;
      readonly model: string;
      readonly lines: readonly string[];
    }
  | {
      readonly kind: "field";
      readonly model: string;
      readonly place: PlacedBlock;
      readonly field: TemplateField;
    }
  | {
      readonly kind: "attribute";
      readonly model: string;
      readonly place: PlacedBlock;
      readonly attribute: string;
    };

export interface SchemaPlan {
  readonly changes: readonly SchemaChange[];
  /** Existing fields that the library cannot use as they are. Only the schema's author can change them. */
  readonly conflicts: readonly string[];
}

interface SchemaToCompare {
  readonly files: readonly SchemaFile[];
  readonly names: SchemaModelNames;
  readonly datasource: Datasource;
}

/** Compares a project's schema with the package's models. */
export function planChanges({ files, names, datasource }: SchemaToCompare): SchemaPlan {
  const changes: SchemaChange[] = [];
  const conflicts: string[] = [];
  const existing = findSchemaModels(files, names);
  const [sibling] = existing.values();
  for (const model of templateModels(names, datasource)) {
    const place = existing.get(model.role);
    if (place === undefined) {
      if (isTaken(files, model.name)) {
        conflicts.push(
          `${model.name} is in the schema, but is not a model. Pass another name with --${nameOptions[model.role]}.`,
        );
      } else {
        const lines = renderModel(model, databaseSchemaOf(sibling?.block));
        changes.push({ kind: "model", role: model.role, model: model.name, lines });
      }
      continue;
    }
    for (const field of fieldsOf(model)) {
      const found = findField(place.block, field);
      if (found === undefined) changes.push({ kind: "field", model: model.name, place, field });
      else conflicts.push(...conflictsOf(model, field, found, datasource));
    }
    for (const attribute of missingAttributes(place.block, model)) {
      changes.push({ kind: "attribute", model: model.name, place, attribute });
    }
  }
  return { changes, conflicts };
}

/** Finds the models in a schema that have one of the given names. */
export function findSchemaModels(
  files: readonly SchemaFile[],
  names: SchemaModelNames,
): ReadonlyMap<ModelRole, PlacedBlock> {
  const models = blocksOf(files, "model");
  const found = new Map<ModelRole, PlacedBlock>();
  for (const role of modelRoles) {
    const place = models.find(({ block }) => block.name === names[role]);
    if (place !== undefined) found.set(role, place);
  }
  return found;
}

function isTaken(files: readonly SchemaFile[], name: string): boolean {
  return ["enum", "type", "view"].some((kind) =>
    blocksOf(files, kind).some(({ block }) => block.name === name),
  );
}

/** Where PostgreSQL's multi-schema support is on, every model needs a `@@schema`. */
function databaseSchemaOf(block: SchemaBlock | undefined): readonly string[] {
  return (block?.attributes ?? [])
    .map(({ code }) => code)
    .filter((code) => code.startsWith("@@schema"));
}

/** A relation may have any name in the project, but a column must have the template's name. */
function findField(block: SchemaBlock, wanted: TemplateField): SchemaField | undefined {
  const named = block.fields.find(({ name }) => name === wanted.name);
  if (named !== undefined || wanted.target === null) return named;
  const key = relationKey(wanted.attributes);
  return block.fields.find(
    ({ type, isList, attributes }) =>
      type === wanted.type && isList === wanted.isList && relationKey(attributes) === key,
  );
}

function relationKey(attributes: string): string {
  return /fields:\s*\[([^\]]*)\]/.exec(attributes)?.[1]?.replace(/\s/g, "") ?? "";
}

/** Other types that the library reads as well, of columns that raw statements do not write. */
const otherTypes: Readonly<Record<string, readonly string[]>> = {
  userId: ["Int", "BigInt"],
  temperature: ["Decimal"],
  cost: ["Decimal"],
  inputTokens: ["BigInt"],
  outputTokens: ["BigInt"],
  cachedTokens: ["BigInt"],
  thinkingTokens: ["BigInt"],
};

function conflictsOf(
  model: TemplateModel,
  wanted: TemplateField,
  found: SchemaField,
  datasource: Datasource,
): readonly string[] {
  const label = `${model.name}.${wanted.name}`;
  const others = ["chat", "message", "request"].includes(model.role) ? otherTypes : {};
  const types = [wanted.type, ...(others[wanted.name] ?? [])];
  if (!types.includes(found.type) || found.isList !== wanted.isList) {
    const type = (field: TemplateField | SchemaField): string =>
      field.type + (field.isList ? "[]" : "");
    return [`${label} is ${type(found)}. Change it to ${type(wanted)}.`];
  }
  // A project may require userId when its scope always sets it.
  const hasValue = /@default\b|@updatedAt\b/.test(found.attributes) || wanted.name === "userId";
  if (wanted.target === null && wanted.isOptional && !found.isOptional && !hasValue) {
    return [`${label} is required. Make it optional: ${wanted.type}?`];
  }
  const native = /@\w+\.(?:Long)?Text$/.exec(wanted.attributes)?.[0];
  if (native !== undefined && !found.attributes.includes(`@${datasource.name}.`)) {
    return [`${label} holds at most 191 characters. Add ${native} to it.`];
  }
  return [];
}

function missingAttributes(block: SchemaBlock, model: TemplateModel): readonly string[] {
  const missing = model.attributes.filter((attribute) => {
    const [kind, columns] = describeIndex(attribute);
    return columns !== "" && !hasIndex(block, kind, columns);
  });
  for (const { name, attributes } of fieldsOf(model)) {
    const isThere = block.fields.some((field) => field.name === name);
    // The field's line belongs to the author, so a missing unique index gets a line of its own.
    if (isThere && /@unique\b/.test(attributes) && !hasIndex(block, "unique", name)) {
      missing.push(`@@unique([${name}])`);
    }
  }
  return missing;
}

function hasIndex(block: SchemaBlock, kind: string, columns: string): boolean {
  const kinds =
    kind === "index" ? ["index", "unique", "id"] : kind === "id" ? ["id"] : ["unique", "id"];
  const ofBlock = block.attributes.map(({ code }) => describeIndex(code));
  const ofFields = block.fields.flatMap(({ name, attributes }) =>
    ["unique", "id"]
      .filter((attribute) => new RegExp(`(?<!@)@${attribute}\\b`).test(attributes))
      .map((attribute) => [attribute, name] as const),
  );
  return [...ofBlock, ...ofFields].some(
    ([foundKind, foundColumns]) => kinds.includes(foundKind) && foundColumns === columns,
  );
}

/** Returns the kind of an `@@index`, `@@unique` or `@@id` and its columns, without sort orders and operator classes. */
function describeIndex(code: string): readonly [kind: string, columns: string] {
  const match = /^@@(index|unique|id)\s*\(\s*(?:fields:\s*)?\[([^\]]*)\]/.exec(code);
  const columns = (match?.[2] ?? "").replace(/\([^)]*\)/g, "").replace(/\s/g, "");
  return [match?.[1] ?? "", columns];
}
