import { databaseUrl } from "./database-url.ts";
import { checkDemoAccess } from "./demo-access.ts";

/** Exits with a message if the configuration is invalid, so that the server fails at startup and not later. */
export function checkConfiguration(): void {
  try {
    checkDemoAccess(process.env);
    databaseUrl();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
