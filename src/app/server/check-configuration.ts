import { chooseProvider } from "./choose-provider.ts";

/** A wrong configuration ends the server at its start with a message, instead of a later request. */
export function checkConfiguration(): void {
  try {
    chooseProvider(process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
