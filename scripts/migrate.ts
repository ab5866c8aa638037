import { loadEnvironment } from "./lib/load-environment.ts";
import { migrateDatabase } from "./lib/migrate-database.ts";
import { runScript } from "./lib/setup-error.ts";

await runScript(async () => {
  const applied = await migrateDatabase(loadEnvironment().databaseUrl);
  console.log(
    applied.length === 0
      ? "The database is up to date."
      : applied.map((name) => `Applied ${name}`).join("\n"),
  );
});
