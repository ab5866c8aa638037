import { ensureSqliteDriver } from "./ensure-sqlite-driver.ts";
import { generateClients } from "./generate-clients.ts";
import type { Environment } from "./load-environment.ts";

/** Prepares everything that the demo's build needs: the SQLite driver, the Prisma clients and a migrated database. */
export async function prepareDemo({ databaseUrl }: Environment): Promise<void> {
  await ensureSqliteDriver();
  if (await generateClients()) console.log("Generated the Prisma clients.");
  // This module loads the driver, so it can only be imported now.
  const { migrateDatabase } = await import("./migrate-database.ts");
  for (const name of await migrateDatabase(databaseUrl)) console.log(`Applied migration ${name}.`);
}
