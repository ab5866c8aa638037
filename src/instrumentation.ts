/** Runs once when the server starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { checkConfiguration } = await import("./app/server/check-configuration.ts");
    checkConfiguration();
    const { endWithoutLoss } = await import("./app/server/end-without-loss.ts");
    endWithoutLoss();
  }
}
