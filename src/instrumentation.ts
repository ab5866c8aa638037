/** Runs once when the server starts. */
export async function register(): Promise<void> {
  if (process.env.NEXT_RUNTIME === "nodejs") {
    const { checkConfiguration } = await import("./app/server/check-configuration.ts");
    checkConfiguration();
    const { handleShutdownSignals } = await import("./app/server/handle-shutdown-signals.ts");
    handleShutdownSignals();
  }
}
