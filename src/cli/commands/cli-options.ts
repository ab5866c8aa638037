import { parseArgs } from "node:util";

import { CliError } from "../project/cli-error.ts";
import type { ModelNames, ModelRole } from "../schema/model-names.ts";
import { completeNames, modelRoles, nameOptions, roleOf } from "../schema/model-names.ts";
import type { Provider } from "../schema/datasource-provider.ts";
import { isProvider, providers } from "../schema/datasource-provider.ts";

export const commands = ["init", "sync", "doctor"] as const;

export type Command = (typeof commands)[number];

export interface CliOptions {
  /** Null for `--help` and `--version` alone, and for nothing at all. */
  readonly command: Command | null;
  readonly help: boolean;
  readonly version: boolean;
  readonly provider: Provider | null;
  readonly schema: string | undefined;
  readonly write: boolean;
  readonly dryRun: boolean;
  readonly names: ModelNames;
  /** The models whose name was given. */
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
} as const;

/** The options that a command does not have. */
const excluded: { readonly [Name in Command]: readonly (keyof typeof all)[] } = {
  init: [],
  sync: ["provider"],
  doctor: ["provider", "write", "dry-run"],
};

/** Reads the command line. Throws a CliError with exit code 2 for what it does not know. */
export function parseOptions(args: readonly string[]): CliOptions {
  const { values, positionals } = parse(args);
  const [name, ...rest] = positionals;
  const asksForHelp = name === "help";
  const command = readCommand(asksForHelp ? rest[0] : name);
  const surplus = asksForHelp ? rest[1] : rest[0];
  if (surplus !== undefined) throw usageError(`Unexpected "${surplus}".`);
  for (const option of command === null ? [] : excluded[command]) {
    if (values[option] !== undefined) {
      throw usageError(`"${command}" has no option --${option}.`, command);
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
  return new CliError(`${message}\nRun ${help} to see what there is.`, 2);
}

function readCommand(name: string | undefined): Command | null {
  if (name === undefined) return null;
  const command = commands.find((known) => known === name);
  if (command === undefined) {
    throw usageError(`There is no command "${name}". There are: ${commands.join(", ")}.`);
  }
  return command;
}

function readText(value: string | boolean | undefined): string | undefined {
  if (value === "") throw usageError("An option is empty.");
  return typeof value === "string" ? value : undefined;
}

function readProvider(value: string | undefined): Provider | null {
  if (value === undefined) return null;
  const provider = value === "postgres" ? "postgresql" : value;
  if (isProvider(provider)) return provider;
  throw usageError(`--provider ${value} is not one of: ${providers.join(", ")}.`, "init");
}

function readNames(values: Values): ModelNames {
  const given: { [Role in ModelRole]?: string } = {};
  for (const role of modelRoles) {
    const value = readText(values[nameOptions[role]]);
    if (value === undefined) continue;
    if (!/^[A-Za-z]\w*$/.test(value)) {
      throw usageError(`--${nameOptions[role]} ${value} cannot be the name of a Prisma model.`);
    }
    given[role] = value;
  }
  const names = completeNames(given);
  const double = modelRoles.find((role) => roleOf(names, names[role]) !== role);
  if (double !== undefined) throw usageError(`Two models would be named ${names[double]}.`);
  return names;
}
