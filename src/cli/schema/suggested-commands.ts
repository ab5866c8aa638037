import type { SchemaModelNames } from "./model-names.ts";
import { completeNames, defaultModelNames, modelRoles, nameOptions } from "./model-names.ts";

/** The options that say where the schema is and what its models are called. */
export interface SchemaLocation {
  /** The value of `--schema`. */
  readonly schema: string | undefined;
  readonly names: SchemaModelNames;
}

/** A command of this CLI for the output to suggest, with the options that the user passed. */
export function cliCommand(command: string, { schema, names }: SchemaLocation): string {
  return `npx node-llm-trpc ${command}${schemaArgument(schema)}${nameArguments(names)}`;
}

/** A command of Prisma for the output to suggest. */
export function prismaCommand(command: string, schema: string | undefined): string {
  return `npx prisma ${command}${schemaArgument(schema)}`;
}

/** The command that creates and applies a migration for the added models. */
export function migrateCommand(schema: string | undefined): string {
  return prismaCommand("migrate dev --name node_llm_trpc", schema);
}

function schemaArgument(schema: string | undefined): string {
  return schema === undefined ? "" : ` --schema ${schema}`;
}

/** Repeats the names that differ from the defaults. */
function nameArguments(names: SchemaModelNames): string {
  const { message } = names;
  const defaults = { ...completeNames({ message }), message: defaultModelNames.message };
  return modelRoles
    .filter((role) => names[role] !== defaults[role])
    .map((role) => ` --${nameOptions[role]} ${names[role]}`)
    .join("");
}
