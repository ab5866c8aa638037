import type { Command } from "./cli-options.ts";

const names = `  --chat, --message, --tool-call, --request, --chunk, --usage, --usage-day, --account,
  --attachment, --stored-file <Model>
                        The models' names, if they are not LlmChat, LlmMessage, LlmToolCall,
                        LlmRequest, <message>Chunk, LlmUsage, LlmUsageDay, LlmAccount,
                        LlmAttachment and LlmStoredFile`;

const common = `  --schema <path>       The schema file, or the folder of a schema in several files.
                        Default: the path in the Prisma config, else prisma/schema.prisma`;

const general = `Usage: npx node-llm-trpc <command> [options]

Commands:
  init      Create prisma/schema.prisma with the chat models, or add them to your schema
  sync      Bring the chat models in your schema up to date
  doctor    Check the schema, the client, the database and the provider key

  Run npx node-llm-trpc <command> --help to see a command's options.

Options:
  -h, --help            Show this help
  -v, --version         Show the version`;

const texts: { readonly [Name in Command]: string } = {
  init: `Usage: npx node-llm-trpc init [options]

Without a schema: creates one, and a prisma.config.ts if there is none.
With a schema: shows the models that it is missing and, with --write, appends them.
Existing lines are never changed, and a second run changes nothing.

Options:
  --provider <name>     sqlite, postgresql or mysql. Default: asks on a terminal, else sqlite
${common}
  --write               Append the missing models to an existing schema
  --dry-run             Show what would be written, and write nothing
${names}`,
  sync: `Usage: npx node-llm-trpc sync [options]

Shows the fields, indexes and models that your schema is missing and, with --write, adds them.
This also works for models that @node-llm/orm created. Existing lines are never changed.

Options:
${common}
  --write               Change the schema
  --dry-run             Write nothing (the default)
${names}`,
  doctor: `Usage: npx node-llm-trpc doctor [options]

Checks that the schema is complete, the client is generated from it, the database is reachable
and migrated, and a provider's API key is set. Changes nothing and prints no secrets.
Exit code: 0 if there is nothing to fix, else 1 with a list of what to fix.

Options:
${common}
${names}`,
};

/** Returns the help for a command, or the general help. */
export function helpText(command: Command | null): string {
  return command === null ? general : texts[command];
}
