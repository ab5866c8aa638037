import { parseArgs } from "node:util";

import { CliError } from "../project/cli-error.ts";
import type { SchemaModelNames, ModelRole } from "../schema/model-names.ts";
import { completeNames, modelRoles, nameOptions, roleOf } from "../schema/model-names.ts";
import type { DatasourceProvider } from "../schema/datasource-provider.ts";
import { datasourceProviders, toDatasourceProvider } from "../schema/datasource-provider.ts";

export const commands = ["init", "sync", "doctor"] as const;

export type Command = (typeof commands)[number];

export interface CliOptions {
  /** Null when no command was given. */
  readonly command: Command | null;
  readonly help: boolean;
  readonly version: boolean;
  readonly provider: DatasourceProvider | null;
  readonly schema: string | undefined;
  readonly write: boolean;
  readonly dryRun: boolean;
  readonly names: SchemaModelNames;
  /** The models whose name was passed as an option. */
  readonly named: ReadonlySet<ModelRole>;
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

const common = {
  help: { ...flag, short: "h" },
  version: { ...flag, short: "v" },
} as const;

const all = {
  ...common,
  provider: text,
  schema: text,
  write: flag,
  "dry-run": flag,
  chat: text,
  message: text,
  "tool-call": text,
  request: text,
  chunk: text,
  usage: text,
  "usage-day": text,
  account: text,
  attachment: text,
  "stored-file": text,
} as const;

/** The options that each command does not accept. */
const excluded: { readonly [Name in Command]: readonly (keyof typeof all)[] } = {
  init: [],
  sync: ["provider"],
  doctor: ["provider", "write", "dry-run"],
};

/**
 * Parses the command line.
 *
 * @throws {CliError} with exit code 2 for an unknown command, option or value.
 */
export function parseOptions(args: readonly string[]): CliOptions {
  const { values, positionals } = parse(args);
  const [name, ...rest] = positionals;
  const asksForHelp = name === "help";
  const command = readCommand(asksForHelp ? rest[0] : name);
  const surplus = asksForHelp ? rest[1] : rest[0];
  if (surplus !== undefined) throw usageError(`Unexpected argument "${surplus}".`);
  for (const option of command === null ? [] : excluded[command]) {
    if (values[option] !== undefined) {
      throw usageError(`"${command}" does not accept --${option}.`, command);
    }
  }
  const named = modelRoles.filter((role) => values[nameOptions[role]] !== undefined);
  return {
    command,
    help: asksForHelp || values["help"] === true,
    version: values["version"] === true,
    provider: readProvider(readText(values["provider"])),
    schema: readText(values["schema"]),
    write: values["write"] === true,
    dryRun: values["dry-run"] === true,
    names: readNames(values),
    named: new Set(named),
  };
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

function parse(args: readonly string[]): { values: Values; positionals: readonly string[] } {
  try {
    return parseArgs({ args: [...args], options: all, allowPositionals: true });
  } catch (error) {
    const [sentence = ""] = String(error instanceof Error ? error.message : error).split(". ");
    throw usageError(`${sentence.replace(/\.$/, "")}.`);
  }
}

function usageError(message: string, command?: Command | null): CliError {
  const help = `npx node-llm-trpc ${command === undefined ? "" : `${command} `}--help`;
  return new CliError(`${message}\nRun ${help} to see all options.`, 2);
}

function readCommand(name: string | undefined): Command | null {
  if (name === undefined) return null;
  const command = commands.find((known) => known === name);
  if (command === undefined) {
    throw usageError(`Unknown command "${name}". The commands are: ${commands.join(", ")}.`);
  }
  return command;
}

function readText(value: string | boolean | undefined): string | undefined {
  if (value === "") throw usageError("An option has an empty value.");
  return typeof value === "string" ? value : undefined;
}

function readProvider(value: string | undefined): DatasourceProvider | null {
  if (value === undefined) return null;
  const provider = toDatasourceProvider(value);
  if (provider !== null) return provider;
  const names = datasourceProviders.join(", ");
  throw usageError(`--provider ${value} is not supported. Use one of: ${names}.`, "init");
}

function readNames(values: Values): SchemaModelNames {
  const given: { [Role in ModelRole]?: string } = {};
  for (const role of modelRoles) {
    const value = readText(values[nameOptions[role]]);
    if (value === undefined) continue;
    if (!/^[A-Za-z]\w*$/.test(value)) {
      throw usageError(`--${nameOptions[role]} ${value} is not a valid name for a Prisma model.`);
    }
    given[role] = value;
  }
  const names = completeNames(given);
  const double = modelRoles.find((role) => roleOf(names, names[role]) !== role);
  if (double !== undefined) {
    throw usageError(`Two models would be named ${names[double]}. Give each a different name.`);
  }
  return names;
}
