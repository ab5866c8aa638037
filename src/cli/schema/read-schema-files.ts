import { readFileSync } from "node:fs";
import { relative } from "node:path";

import { CliError } from "../project/cli-error.ts";
import type { SchemaBlock } from "./parse-schema.ts";
import { parseSchema } from "./parse-schema.ts";
import type { Provider } from "./datasource-provider.ts";
import { isProvider, providers } from "./datasource-provider.ts";

export interface SchemaFile {
  readonly path: string;
  /** The path for messages. */
  readonly label: string;
  readonly text: string;
  readonly blocks: readonly SchemaBlock[];
}

/** A block and the file that it stands in. */
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

/** The blocks of a kind, in the order of the files. */
export function blocksOf(files: readonly SchemaFile[], kind: string): readonly PlacedBlock[] {
  return files.flatMap((file) =>
    file.blocks.filter((block) => block.kind === kind).map((block) => ({ file, block })),
  );
}

export interface Datasource {
  readonly provider: Provider;
  /** What native types begin with: `@db.LongText`. */
  readonly name: string;
}

/** The datasource of a schema; null when there is none. Rejects a database that the models cannot be in. */
export function datasourceOf(files: readonly SchemaFile[]): Datasource | null {
  const [found] = blocksOf(files, "datasource");
  if (found === undefined) return null;
  const value = found.block.settings.get("provider") ?? "";
  const provider = value === "postgres" ? "postgresql" : value;
  if (isProvider(provider)) return { provider, name: found.block.name };
  throw new CliError(
    `${found.file.label} is for "${value}". The models of node-llm-trpc are for ${providers.join(", ")}.`,
  );
}
