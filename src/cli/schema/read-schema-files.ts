import { readFileSync } from "node:fs";
import { relative } from "node:path";

import { CliError } from "../project/cli-error.ts";
import type { SchemaBlock } from "./parse-schema.ts";
import { parseSchema } from "./parse-schema.ts";
import type { DatasourceProvider } from "./datasource-provider.ts";
import { datasourceProviders, toDatasourceProvider } from "./datasource-provider.ts";

export interface SchemaFile {
  readonly path: string;
  /** The path relative to the project, for messages. */
  readonly label: string;
  readonly text: string;
  readonly blocks: readonly SchemaBlock[];
}

/** A block and the file that it is in. */
export interface PlacedBlock {
  readonly file: SchemaFile;
  readonly block: SchemaBlock;
}

export function readSchemaFiles(paths: readonly string[], cwd: string): readonly SchemaFile[] {
  return paths.map((path) => {
    const text = readFileSync(path, "utf8");
    return { path, label: relative(cwd, path), text, blocks: parseSchema(text) };
  });
}

/** Lists all blocks of one kind, in the order of the files. */
export function blocksOf(files: readonly SchemaFile[], kind: string): readonly PlacedBlock[] {
  return files.flatMap((file) =>
    file.blocks.filter((block) => block.kind === kind).map((block) => ({ file, block })),
  );
}

export interface Datasource {
  readonly provider: DatasourceProvider;
  /** The prefix of native types, such as `db` in `@db.LongText`. */
  readonly name: string;
}

/**
 * Returns a schema's datasource, or null when there is none.
 *
 * @throws {CliError} when the database is not supported.
 */
export function datasourceOf(files: readonly SchemaFile[]): Datasource | null {
  const [found] = blocksOf(files, "datasource");
  if (found === undefined) return null;
  const value = found.block.settings.get("provider") ?? "";
  const provider = toDatasourceProvider(value);
  if (provider !== null) return { provider, name: found.block.name };
  throw new CliError(
    `${found.file.label} uses "${value}", which is not supported. Use one of: ${datasourceProviders.join(", ")}.`,
  );
}
