/** Runs once when the server starts: a wrong configuration ends it with a message, not a later request. */
export async function register(): Promise<void> {
  if (process.env["NEXT_RUNTIME"] !== "nodejs") return;
  const { chooseProvider } = await import("./app/server/choose-provider.ts");
  try {
    chooseProvider(process.env);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
