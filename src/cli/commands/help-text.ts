import type { Command } from "./cli-options.ts";

const names = `  --chat, --message, --tool-call, --request, --chunk <Model>
                        The models' names, where they are not LlmChat, LlmMessage,
                        LlmToolCall, LlmRequest, and <message>Chunk`;

const common = `  --schema <path>       The schema file, or the folder of a schema in several files.
                        Default: as in the Prisma config, else prisma/schema.prisma`;

const general = `Usage: npx node-llm-trpc <command> [options]

Commands:
  init      Write prisma/schema.prisma with the chat models, or show what an existing schema lacks
  sync      Bring the chat models of an existing schema up to date
  doctor    Check schema, client, database and provider key

  npx node-llm-trpc <command> --help shows a command's options.

Options:
  -h, --help            Show this
  -v, --version         Show the version`;

const texts: { readonly [Name in Command]: string } = {
  init: `Usage: npx node-llm-trpc init [options]

Without a schema: writes it, and a prisma.config.ts when there is none.
With a schema: shows the models that it lacks and, with --write, appends them.
Nothing is ever overwritten, and a second run changes nothing.

Options:
  --provider <name>     sqlite, postgresql or mysql. Default: asked on a terminal, else sqlite
${common}
  --write               Append the missing models to an existing schema
  --dry-run             Write nothing, show what would be written
${names}`,
  sync: `Usage: npx node-llm-trpc sync [options]

Shows the columns, indexes and models that the schema lacks and, with --write, adds them, also to
the models that @node-llm/orm made. Your own fields, comments and their order stay as they are.

Options:
${common}
  --write               Change the schema
  --dry-run             Write nothing (as without --write)
${names}`,
  doctor: `Usage: npx node-llm-trpc doctor [options]

Checks that the schema has what is needed, the client is generated from it, the database is
reachable and migrated, and that a provider's key is set. Changes nothing. No key is printed.
Exit code 0: all is well. 1: there is something to do; it is listed.

Options:
${common}
${names}`,
};

/** The help for a command, or for all of it. */
export function helpText(command: Command | null): string {
  return command === null ? general : texts[command];
}
