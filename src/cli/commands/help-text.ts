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
  init      Add the chat models to your schema, and set up your Next.js app
  sync      Bring the chat models in your schema up to date
  doctor    Check versions, schema, client, database, the app and the provider key

  Run npx node-llm-trpc <command> --help to see a command's options.

Options:
  -h, --help            Show this help
  -v, --version         Show the version`;

const texts: { readonly [Name in Command]: string } = {
  init: `Usage: npx node-llm-trpc init [options]

Without a schema: creates one, and a prisma.config.ts if there is none.
With a schema: shows the models that it is missing and, with --write, appends them.
In a Next.js app with tRPC: shows the changes that the app needs as diffs and, with --write, makes
them: driver adapter, router, subscription link, .gitignore and a page at /chat.
A second run changes nothing.

Options:
  --provider <name>     sqlite, postgresql or mysql. Default: asks on a terminal, else sqlite
${common}
  --write               Add the missing models, and set up the app
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

Checks, in the order in which they break: the versions of packages, the schema, the config, the
generated client, the database, and in a Next.js app the driver adapter, the router, the
subscription link and the page; at last, a provider's API key. Changes nothing, prints no secrets.
Exit code: 0 if there is nothing to fix, else 1 with a list of what to fix.

Options:
${common}
${names}`,
};

/** Returns the help for a command, or the general help. */
export function helpText(command: Command | null): string {
  return command === null ? general : texts[command];
}
