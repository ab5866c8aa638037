import { readFileSync } from "node:fs";

import type { SchemaModelNames, ModelRole } from "./model-names.ts";
import { defaultModelNames, modelRoles, roleOf } from "./model-names.ts";
import type { SchemaBlock, SchemaField } from "./parse-schema.ts";
import { parseSchema } from "./parse-schema.ts";
import type { Datasource } from "./read-schema-files.ts";

export interface TemplateField {
  readonly name: string;
  /** The type without `?` and `[]`. Models have the project's own names. */
  readonly type: string;
  readonly isList: boolean;
  readonly isOptional: boolean;
  readonly attributes: string;
  readonly comment: string;
  /** The model that a relation leads to, or null for a column. */
  readonly target: ModelRole | null;
}

/** One of the package's models, with the project's names and native types. */
export interface TemplateModel {
  readonly role: ModelRole;
  readonly name: string;
  readonly comments: readonly string[];
  /** The fields, in groups that an empty line separates. */
  readonly groups: readonly (readonly TemplateField[])[];
  /** The `@@` lines. */
  readonly attributes: readonly string[];
}

/** Columns that need more than the 191 characters of MySQL's default String. */
const mysqlTypes: { readonly [Role in ModelRole]: Readonly<Record<string, string>> } = {
  chat: { instructions: "LongText", title: "Text" },
  message: {
    content: "LongText",
    contentRaw: "LongText",
    reasoning: "LongText",
    thinkingText: "LongText",
    thinkingSignature: "LongText",
    parts: "LongText",
    metadata: "LongText",
    object: "LongText",
  },
  toolCall: {
    arguments: "LongText",
    thought: "LongText",
    thoughtSignature: "LongText",
    result: "LongText",
    output: "LongText",
    progress: "LongText",
  },
  request: {},
  chunk: { text: "LongText" },
  usage: {},
  usageDay: {},
  account: { call: "Text" },
  attachment: { name: "Text" },
  storedFile: {},
};

/** The package's own schema. The path is the same from src/cli/schema and dist/cli/schema. */
const schemaUrl = new URL("../../../prisma/schema.prisma", import.meta.url);

/** Reads the library's models from prisma/schema.prisma, the only place that defines them. */
export function templateModels(
  names: SchemaModelNames,
  datasource: Datasource,
): readonly TemplateModel[] {
  const text = readFileSync(schemaUrl, "utf8");
  const blocks = parseSchema(text);
  return modelRoles.map((role) => {
    const block = blocks.find(({ name }) => name === defaultModelNames[role]);
    if (block === undefined)
      throw new Error(`prisma/schema.prisma has no model ${defaultModelNames[role]}.`);
    return {
      role,
      name: names[role],
      comments: commentsBefore(text, block.start),
      groups: groupsOf(text, block).map((group) =>
        group.map((field) => templateField(field, role, names, datasource)),
      ),
      attributes: block.attributes.map(({ code }) => code),
    };
  });
}

export function fieldsOf(model: TemplateModel): readonly TemplateField[] {
  return model.groups.flat();
}

function templateField(
  field: SchemaField,
  role: ModelRole,
  names: SchemaModelNames,
  datasource: Datasource,
): TemplateField {
  const { name, isList, isOptional, comment } = field;
  const target = roleOf(defaultModelNames, field.type);
  const type = target === null ? field.type : names[target];
  const native = datasource.provider === "mysql" ? mysqlTypes[role][name] : undefined;
  const attributes =
    native === undefined
      ? field.attributes
      : // MySQL allows no default values on text columns, but Prisma would put one in the migration.
        `${field.attributes.replace(/@default\("[^"]*"\)/, "")} @${datasource.name}.${native}`.trim();
  return { name, type, isList, isOptional, attributes, comment, target };
}

function commentsBefore(text: string, start: number): readonly string[] {
  const lines = text.slice(0, start).split("\n").slice(0, -1);
  const first = lines.findLastIndex((line) => !line.startsWith("//"));
  return lines.slice(first + 1);
}

function groupsOf(text: string, block: SchemaBlock): readonly (readonly SchemaField[])[] {
  const groups: SchemaField[][] = [];
  let end = block.start;
  for (const field of block.fields) {
    const isNew = groups.length === 0 || /\n\s*\n/.test(text.slice(end, field.start));
    if (isNew) groups.push([]);
    groups.at(-1)?.push(field);
    end = field.end;
  }
  return groups;
}
