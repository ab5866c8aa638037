import { chooseProvider } from "./choose-provider.ts";
import { databaseUrl } from "./database-url.ts";

/** Exits with a message if the configuration is invalid, so that the server fails at startup and not later. */
export function checkConfiguration(): void {
  try {
    chooseProvider(process.env);
    databaseUrl();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
