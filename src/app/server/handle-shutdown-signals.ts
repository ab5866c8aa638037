/** How long answers may take to finish after SIGTERM, in seconds. Platforms kill the process after 30. */
const defaultSeconds = 25;
/** How long Next may take to close the remaining connections, in milliseconds. */
const closingMs = 1_000;

/**
 * Ends answers in progress when the server shuts down: within a time limit on SIGTERM, at once on Ctrl+C.
 * Next itself stops accepting connections on either signal, but waits for open ones without a limit.
 */
export function handleShutdownSignals(): void {
  const seconds = Number(process.env["DRAIN_SECONDS"] || defaultSeconds);
  const end = async (timeout: number, code: number): Promise<void> => {
    // Created with the first request. Without one, there is nothing to end.
    await globalThis.nodeLlmTrpcDemo?.drain.start({ timeout });
    // Idle keep-alive connections would hold Next open for another 5 seconds.
    setTimeout(() => process.exit(code), closingMs).unref();
  };
  process.on("SIGTERM", () => void end(seconds * 1_000, 143));
  process.on("SIGINT", () => void end(0, 130));
}
