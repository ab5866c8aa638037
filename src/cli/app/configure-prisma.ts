import { relative, resolve } from "node:path";

import { datasourceVariable } from "../schema/database-variable.ts";
import type { DatasourceProvider } from "../schema/datasource-provider.ts";
import { databaseFacts } from "../schema/datasource-provider.ts";
import { maskComments } from "../schema/mask-comments.ts";
import type { SchemaBlock } from "../schema/parse-schema.ts";
import type { PrismaConfig } from "../schema/read-prisma-config.ts";
import type { SchemaFile } from "../schema/read-schema-files.ts";
import { blocksOf } from "../schema/read-schema-files.ts";
import { externalTables } from "../search/search-index-sql.ts";
import { externalTablesText } from "../search/write-search-index.ts";
import { applyStyle } from "../code/code-style.ts";
import type { FileChange, SetupStep } from "../code/file-change.ts";
import { byHand, changed, done } from "../code/file-change.ts";
import type { NextApp } from "./next-app.ts";
import { styleOf, toPosix } from "./next-app.ts";

const step = "Schema";

/**
 * Plans the settings that a driver adapter needs in the schema, and that the installed Prisma no longer takes there.
 *
 * @param config the Prisma config, or null when one is going to be written
 * @param variable the name of the variable that has the URL
 */
export function configureSchema(
  files: readonly SchemaFile[],
  prismaMajor: number,
  config: PrismaConfig | null,
  variable: string,
): SetupStep {
  const manual = prismaMajor < 7 ? null : urlsToMove(files, config, variable);
  if (manual !== null) return byHand(step, manual);
  const changes = files.flatMap((file): FileChange[] => {
    const after = prismaMajor < 7 ? withClientEngine(file) : withoutUrl(file);
    return after === file.text
      ? []
      : [{ path: file.path, label: file.label, before: file.text, after }];
  });
  return { ...done(step), changes };
}

/** Prisma 6 starts an engine of its own, and downloads it, unless the client is told to do without. */
function withClientEngine({ text, blocks }: SchemaFile): string {
  const generator = blocks.find(
    ({ kind, settings }) =>
      kind === "generator" && /^prisma-client(-js)?$/.test(settings.get("provider") ?? ""),
  );
  if (generator === undefined || generator.settings.has("engineType")) return text;
  const line = settingLines(text, generator).at(-1);
  if (line === undefined) return text;
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const setting = `${line.indent}${"engineType".padEnd(line.width)} = "client"`;
  return text.slice(0, line.end) + newline + setting + text.slice(line.end);
}

/** Prisma 7 refuses a schema with a URL, which stands in prisma.config.ts. */
function withoutUrl(file: SchemaFile): string {
  return urlLines(file)
    .toReversed()
    .reduce((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), file.text);
}

/** Says what has to be done by hand before the URL can leave the schema, or returns null when nothing would be lost. */
function urlsToMove(
  files: readonly SchemaFile[],
  config: PrismaConfig | null,
  variable: string,
): string | null {
  const found = files.find((file) => urlLines(file).length > 0);
  const names = found === undefined ? [] : urlLines(found).map(({ name }) => name);
  const isPlain = names.every((name) => name === "url") && !hasLiteralUrl(files);
  if (isPlain && config?.hasDatasource !== false) return null;
  const label = config?.label ?? "prisma.config.ts";
  const direct = names.includes("directUrl")
    ? (datasourceVariable(files, "directUrl") ?? "DIRECT_URL")
    : null;
  const example = `datasource: { url: process.env.${direct ?? variable} ?? "" }`;
  return [
    found === undefined
      ? `${label} has no datasource, and Prisma 7 reads the URL from there. Add to it: ${example}.`
      : `Prisma 7 takes no URL from ${found.label}. Remove ${names.join(" and ")} there, and set the URL in ${label}: ${example}. See docs/guides/prisma-7.md.`,
    ...(direct === null
      ? []
      : [
          `That URL is for Prisma's commands, so it is the one of directUrl. The app connects to that of ${variable}, through its driver adapter.`,
        ]),
    ...(names.includes("shadowDatabaseUrl")
      ? ["The datasource there takes shadowDatabaseUrl as well."]
      : []),
  ].join(" ");
}

/** The lines of a schema's datasource that have a URL, in their order. */
function urlLines({ text, blocks }: SchemaFile): readonly SettingLine[] {
  const datasource = blocks.find(({ kind }) => kind === "datasource");
  if (datasource === undefined) return [];
  return settingLines(text, datasource).filter(({ name }) =>
    ["url", "directUrl", "shadowDatabaseUrl"].includes(name),
  );
}

export function hasUrl(files: readonly SchemaFile[]): boolean {
  return files.some((file) => urlLines(file).some(({ name }) => name === "url"));
}

/** Whether the schema has the URL itself, and not the name of a variable. */
function hasLiteralUrl(files: readonly SchemaFile[]): boolean {
  return blocksOf(files, "datasource").some(({ block }) => block.settings.has("url"));
}

interface SettingLine {
  readonly name: string;
  readonly indent: string;
  /** The width of the column of names. */
  readonly width: number;
  /** From the end of the line before to the end of the line. */
  readonly start: number;
  readonly end: number;
}

function settingLines(text: string, block: SchemaBlock): readonly SettingLine[] {
  const code = maskComments(text).slice(block.bodyStart, block.bodyEnd);
  return [...code.matchAll(/\r?\n([ \t]*)(\w+)([ \t]*)=.*?(?=\r?\n|$)/g)].map((match) => {
    const [line, indent = "", name = "", space = ""] = match;
    const start = block.bodyStart + match.index;
    const lineEnd = text.slice(start + line.length).search(/\r?\n|$/);
    const width = name.length + space.length - 1;
    return { name, indent, width, start, end: start + line.length + lineEnd };
  });
}

interface ConfigFacts {
  readonly provider: DatasourceProvider;
  readonly prismaMajor: number;
  readonly messageTable: string;
  /** The name of the variable that has the URL. */
  readonly variable: string;
}

/** The text of a Prisma config. Prisma 7 has the URL there, and Prisma 6 in the schema. */
export function prismaConfigText(
  schema: string,
  { provider, prismaMajor, messageTable, variable }: ConfigFacts,
): string {
  const fallback = provider === "sqlite" ? databaseFacts.sqlite.exampleUrl : "";
  const datasource =
    prismaMajor < 7 ? "" : `  datasource: { url: process.env.${variable} ?? "${fallback}" },\n`;
  const tables =
    provider === "sqlite"
      ? `  // The index of the search. Prisma Migrate would remove tables that are not in the schema.
${externalTablesText(externalTables(messageTable))}
`
      : "";
  return `import { existsSync } from "node:fs";
import { defineConfig } from "prisma/config";

// With a config, Prisma does not load .env files.
if (existsSync(".env")) process.loadEnvFile(".env");

export default defineConfig({
  schema: "${schema}",
  migrations: { path: "prisma/migrations" },
${datasource}${tables}});
`;
}

/** Plans prisma.config.ts. */
export function writePrismaConfig(app: NextApp, schemaPath: string, facts: ConfigFacts): SetupStep {
  const path = resolve(app.cwd, "prisma.config.ts");
  const schema = toPosix(relative(app.cwd, schemaPath));
  const code = prismaConfigText(schema, facts);
  const after = applyStyle(path, code, styleOf(app));
  return changed("Config", { path, label: "prisma.config.ts", before: null, after });
}
