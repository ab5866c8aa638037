import { createMigration } from "./lib/create-migration.ts";
import { databaseProviders } from "./lib/database-provider.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";

await runScript(async () => {
  const name = process.argv[2] ?? "";
  if (!/^[a-z][a-z0-9_]*$/.test(name)) {
    throw new SetupError(
      "The migration needs a name in lower case with underscores, for example: npm run migration -- add_chat_title",
    );
  }
  const time = new Date().toISOString().replaceAll(/\D/g, "").slice(0, 14);
  for (const provider of databaseProviders) {
    const folder = await createMigration(provider, `${time}_${name}`);
    console.log(
      folder === null
        ? `${provider}: no migration is needed. prisma/schema.prisma has not changed.`
        : `${provider}: wrote ${folder}. Review it before you commit it.`,
    );
  }
});
