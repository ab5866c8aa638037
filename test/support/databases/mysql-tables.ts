import { parseSchema } from "../../../src/cli/schema/parse-schema.ts";
import type { SchemaBlock, SchemaField } from "../../../src/cli/schema/parse-schema.ts";

/** What Prisma Migrate makes of each type. */
const columnTypes: Readonly<Record<string, string>> = {
  String: "VARCHAR(191)",
  Boolean: "BOOLEAN",
  Int: "INTEGER",
  BigInt: "BIGINT",
  Float: "DOUBLE",
  Decimal: "DECIMAL(65, 30)",
  DateTime: "DATETIME(3)",
  Json: "JSON",
  Bytes: "LONGBLOB",
};

const deletions: Readonly<Record<string, string>> = { Cascade: "CASCADE", SetNull: "SET NULL" };

/**
 * The statements that create the tables of a schema on MySQL, as Prisma Migrate writes them. Its engine without a native
 * program, which the tests use for other databases, cannot do that for MySQL.
 */
export function mysqlTables(schema: string): readonly string[] {
  const models = parseSchema(schema).filter(({ kind }) => kind === "model");
  const names = new Set(models.map(({ name }) => name));
  const tables = models.map((model) => createTable(model, names));
  return [...tables, ...models.flatMap((model) => foreignKeys(model, models))];
}

function createTable(model: SchemaBlock, models: ReadonlySet<string>): string {
  const columns = model.fields.filter(({ type }) => !models.has(type));
  const lines = columns.map(createColumn);
  for (const field of columns) {
    if (/@id\b/.test(field.attributes)) lines.push(`PRIMARY KEY (${quote(columnOf(field))})`);
    if (/@unique\b/.test(field.attributes))
      lines.push(
        `UNIQUE INDEX ${quote(`${tableOf(model)}_${columnOf(field)}_key`)}(${quote(columnOf(field))})`,
      );
  }
  for (const { code } of model.attributes) {
    const match = /^@@(id|unique|index)\(\[([^\]]*)\]/.exec(code);
    if (match === null) continue;
    const [, kind, list = ""] = match;
    const keys = list.split(",").map((name) => columnNamed(model, name.trim()));
    const quoted = keys.map(quote).join(", ");
    const name = `${tableOf(model)}_${keys.join("_")}`;
    if (kind === "id") lines.push(`PRIMARY KEY (${quoted})`);
    else if (kind === "unique") lines.push(`UNIQUE INDEX ${quote(`${name}_key`)}(${quoted})`);
    else lines.push(`INDEX ${quote(`${name}_idx`)}(${quoted})`);
  }
  return `CREATE TABLE ${quote(tableOf(model))} (\n    ${lines.join(",\n    ")}\n) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin`;
}

function createColumn(field: SchemaField): string {
  const { attributes } = field;
  const native = /@db\.(\w+)/.exec(attributes)?.[1]?.toUpperCase();
  const type = native ?? columnTypes[field.type];
  if (type === undefined) throw new Error(`MySQL has no type for ${field.type}.`);
  const given = /@default\(((?:[^()]|\([^()]*\))*)\)/.exec(attributes)?.[1];
  const value = given === undefined || given === "uuid()" ? "" : ` DEFAULT ${defaultValue(given)}`;
  return `${quote(columnOf(field))} ${type} ${field.isOptional ? "NULL" : "NOT NULL"}${value}`;
}

function defaultValue(given: string): string {
  if (given === "now()") return "CURRENT_TIMESTAMP(3)";
  return given.startsWith('"') ? `'${given.slice(1, -1)}'` : given;
}

function foreignKeys(model: SchemaBlock, models: readonly SchemaBlock[]): string[] {
  return model.fields.flatMap((field) => {
    const match = /@relation\(fields: \[(\w+)\], references: \[(\w+)\](?:, onDelete: (\w+))?/.exec(
      field.attributes,
    );
    const target = models.find(({ name }) => name === field.type);
    if (match === null || target === undefined) return [];
    const [, from = "", to = "", deletion = ""] = match;
    const column = columnNamed(model, from);
    const name = `${tableOf(model)}_${column}_fkey`;
    return [
      `ALTER TABLE ${quote(tableOf(model))} ADD CONSTRAINT ${quote(name)} FOREIGN KEY (${quote(column)}) REFERENCES ${quote(tableOf(target))}(${quote(columnNamed(target, to))}) ON DELETE ${deletions[deletion] ?? "RESTRICT"} ON UPDATE CASCADE`,
    ];
  });
}

function tableOf({ name, attributes }: SchemaBlock): string {
  const map = attributes.find(({ code }) => code.startsWith("@@map("));
  return /"([^"]*)"/.exec(map?.code ?? "")?.[1] ?? name;
}

function columnNamed(model: SchemaBlock, name: string): string {
  const field = model.fields.find((one) => one.name === name);
  return field === undefined ? name : columnOf(field);
}

function columnOf({ name, attributes }: SchemaField): string {
  return /(?<!@)@map\("([^"]*)"\)/.exec(attributes)?.[1] ?? name;
}

function quote(name: string): string {
  return `\`${name}\``;
}
