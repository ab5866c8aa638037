import type { CliIo } from "../project/cli-io.ts";
import type { CliOptions } from "../commands/cli-options.ts";
import { CliError } from "../project/cli-error.ts";
import { findLookalikes } from "./find-lookalikes.ts";
import type { SchemaPlace } from "./find-schema.ts";
import type { ModelNames } from "./model-names.ts";
import { nameArguments, nameOptions } from "./model-names.ts";
import type { Datasource, SchemaFile } from "./read-schema-files.ts";
import { blocksOf, datasourceOf, readSchemaFiles } from "./read-schema-files.ts";

/** The schema of the project that a command works on. */
export interface ProjectSchema {
  readonly place: SchemaPlace;
  readonly files: readonly SchemaFile[];
  readonly datasource: Datasource;
  /** The models' names as the schema spells them. */
  readonly names: ModelNames;
}

/**
 * Reads an existing schema. Throws a CliError when its database is not supported, when it is not the
 * one that `--provider` says, and when the models seem to be there by another name.
 */
export function openSchema(place: SchemaPlace, options: CliOptions, io: CliIo): ProjectSchema {
  const files = readSchemaFiles(place.files, io.cwd);
  const found = datasourceOf(files);
  const datasource = found ?? { provider: options.provider ?? "sqlite", name: "db" };
  if (options.provider !== null && options.provider !== datasource.provider) {
    throw new CliError(
      `${place.label} is for ${datasource.provider}, and --provider says ${options.provider}. Leave out --provider, or change the schema's datasource.`,
    );
  }
  const names = spelledNames(files, options.names);
  const lookalikes = findLookalikes(files, names, options.named, datasource);
  if (lookalikes.length > 0) {
    const list = lookalikes.map(
      ({ model, role }) => `  ${model} looks like ${options.names[role]}`,
    );
    const command = `npx node-llm-trpc ${options.command ?? ""}${commandArguments(options)} ${lookalikes.map(({ option }) => option).join(" ")}`;
    const own = lookalikes.map(({ role }) => `--${nameOptions[role]} ${options.names[role]}`);
    throw new CliError(
      `The models in ${place.label} seem to have other names:\n${list.join("\n")}\n` +
        `If that is so, run:  ${command}\n` +
        `If they are something else, give the names of the models to add, such as ${own[0] ?? ""}.`,
    );
  }
  return { place, files, datasource, names };
}

/** `assistantChat`, as a client's property is named, means the model `AssistantChat`. */
function spelledNames(files: readonly SchemaFile[], names: ModelNames): ModelNames {
  const models = blocksOf(files, "model").map(({ block }) => block.name);
  const spell = (name: string): string =>
    models.find((model) => camelCase(model) === camelCase(name)) ?? name;
  const message = spell(names.message);
  const isDerived = names.chunk === `${names.message}Chunk`;
  return {
    chat: spell(names.chat),
    message,
    toolCall: spell(names.toolCall),
    request: spell(names.request),
    chunk: spell(isDerived ? `${message}Chunk` : names.chunk),
  };
}

function camelCase(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}

/** The options of this call that also belong in a command that is recommended. */
export function commandArguments(options: CliOptions): string {
  const schema = options.schema === undefined ? "" : ` --schema ${options.schema}`;
  return schema + nameArguments(options.names);
}
