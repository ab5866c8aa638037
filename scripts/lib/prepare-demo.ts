import { ensureSqliteDriver } from "./ensure-sqlite-driver.ts";
import { generateClients } from "./generate-clients.ts";
import type { Environment } from "./load-environment.ts";

/** Everything that the demo needs before it is built: driver, clients, a migrated database. */
export async function prepare({ databaseUrl }: Environment): Promise<void> {
  await ensureSqliteDriver();
  if (await generateClients()) console.log("Generated the Prisma clients.");
  // Imported only now: it loads the driver.
  const { migrateDatabase } = await import("./migrate-database.ts");
  for (const name of await migrateDatabase(databaseUrl)) console.log(`Applied migration ${name}.`);
}
