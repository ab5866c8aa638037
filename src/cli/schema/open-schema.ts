import type { CliIo } from "../project/cli-io.ts";
import { CliError } from "../project/cli-error.ts";
import type { DatasourceProvider } from "./datasource-provider.ts";
import type { SchemaPlace } from "./find-schema.ts";
import type { SchemaModelNames, ModelRole } from "./model-names.ts";
import { nameOptions, roleOf } from "./model-names.ts";
import { findSchemaModels } from "./plan-changes.ts";
import type { Datasource, SchemaFile } from "./read-schema-files.ts";
import { blocksOf, datasourceOf, readSchemaFiles } from "./read-schema-files.ts";
import type { SchemaLocation } from "./suggested-commands.ts";
import { cliCommand } from "./suggested-commands.ts";
import { templateModels } from "./template-models.ts";

/** The schema that a command works on. */
export interface ProjectSchema {
  readonly place: SchemaPlace;
  readonly files: readonly SchemaFile[];
  readonly datasource: Datasource;
  /** The models' names, spelled as in the schema. */
  readonly names: SchemaModelNames;
}

interface OpenOptions extends SchemaLocation {
  /** The command that asks; error messages suggest it again. */
  readonly command: string | null;
  readonly provider: DatasourceProvider | null;
  /** The models whose name was passed as an option. */
  readonly named: ReadonlySet<ModelRole>;
}

/**
 * Reads an existing schema.
 *
 * @throws {CliError} when its database is not supported or is not the one that `--provider` names, or
 * when it seems to have the models under other names.
 */
export function openSchema(place: SchemaPlace, options: OpenOptions, io: CliIo): ProjectSchema {
  const files = readSchemaFiles(place.files, io.cwd);
  const found = datasourceOf(files);
  const datasource = found ?? { provider: options.provider ?? "sqlite", name: "db" };
  if (options.provider !== null && options.provider !== datasource.provider) {
    throw new CliError(
      `${place.label} uses ${datasource.provider}, but --provider is ${options.provider}. Remove --provider, or change the schema's datasource.`,
    );
  }
  const names = spelledAsInSchema(files, options.names);
  const lookalikes = findLookalikes(files, names, options.named, datasource);
  if (lookalikes.length > 0) {
    const list = lookalikes.map(
      ({ model, role }) => `  ${model} looks like ${options.names[role]}`,
    );
    const renamed = lookalikes.map(({ model, role }) => `--${nameOptions[role]} ${model}`);
    const added = lookalikes.map(({ role }) => `--${nameOptions[role]} ${options.names[role]}`);
    throw new CliError(
      `The models in ${place.label} seem to have other names:\n${list.join("\n")}\n` +
        `If so, run: ${cliCommand(options.command ?? "", options)} ${renamed.join(" ")}\n` +
        `If they are unrelated, name the models to add, for example: ${added[0] ?? ""}`,
    );
  }
  return { place, files, datasource, names };
}

/** Accepts a model's name as the client spells it: `assistantChat` means `AssistantChat`. */
function spelledAsInSchema(
  files: readonly SchemaFile[],
  names: SchemaModelNames,
): SchemaModelNames {
  const models = blocksOf(files, "model").map(({ block }) => block.name);
  const spell = (name: string): string =>
    models.find((model) => toClientName(model) === toClientName(name)) ?? name;
  const message = spell(names.message);
  const isDerived = names.chunk === `${names.message}Chunk`;
  return {
    chat: spell(names.chat),
    message,
    toolCall: spell(names.toolCall),
    request: spell(names.request),
    chunk: spell(isDerived ? `${message}Chunk` : names.chunk),
    usage: spell(names.usage),
    usageDay: spell(names.usageDay),
    account: spell(names.account),
    attachment: spell(names.attachment),
    storedFile: spell(names.storedFile),
  };
}

function toClientName(model: string): string {
  return model.charAt(0).toLowerCase() + model.slice(1);
}

interface Lookalike {
  readonly role: ModelRole;
  readonly model: string;
}

/** Models of this package alone, which no other program has created under another name. */
const ownRoles: ReadonlySet<ModelRole> = new Set([
  "usage",
  "usageDay",
  "account",
  "attachment",
  "storedFile",
]);

/**
 * Finds models that have at least two thirds of a missing model's first columns. They were probably renamed,
 * and a second set of models beside them would be wrong.
 */
function findLookalikes(
  files: readonly SchemaFile[],
  names: SchemaModelNames,
  named: ReadonlySet<ModelRole>,
  datasource: Datasource,
): readonly Lookalike[] {
  const existing = findSchemaModels(files, names);
  const others = blocksOf(files, "model").filter(({ block }) => roleOf(names, block.name) === null);
  return templateModels(names, datasource).flatMap((template) => {
    const { role } = template;
    if (existing.has(role) || named.has(role) || ownRoles.has(role)) return [];
    // The first ones are those that other programs know, whatever this package adds.
    const columns = (template.groups[0] ?? []).filter(({ target }) => target === null);
    const shareOf = (fields: readonly { readonly name: string }[]): number => {
      const found = new Set(fields.map(({ name }) => name));
      return columns.filter(({ name }) => found.has(name)).length / columns.length;
    };
    const [best] = others
      .map(({ block }) => ({ model: block.name, share: shareOf(block.fields) }))
      .toSorted((a, b) => b.share - a.share);
    return best === undefined || best.share < 2 / 3 ? [] : [{ role, model: best.model }];
  });
}
