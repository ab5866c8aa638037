import { chooseProvider } from "./choose-provider.ts";
import { databaseUrl } from "./database-url.ts";

/** A wrong configuration ends the server at its start with a message, instead of a later request. */
export function checkConfiguration(): void {
  try {
    chooseProvider(process.env);
    databaseUrl();
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
