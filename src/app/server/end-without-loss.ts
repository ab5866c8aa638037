/** How long answers may take to end at SIGTERM, in seconds; platforms kill after 30. */
const defaultSeconds = 25;
/** For so long what is left of the connections may take to be closed by Next. */
const closingMs = 1_000;

/**
 * Next takes no new connections at SIGTERM or SIGINT and waits for the open ones, however long. Here the chat's end:
 * within a limit at SIGTERM, at once at Ctrl-C.
 */
export function endWithoutLoss(): void {
  const seconds = Number(process.env["DRAIN_SECONDS"] || defaultSeconds);
  const end = async (timeout: number, code: number): Promise<void> => {
    // Made with the first request: without one there is nothing to end.
    await globalThis.nodeLlmTrpcDemo?.drain.start({ timeout });
    // Connections that are only kept alive would hold Next for another 5 seconds.
    setTimeout(() => process.exit(code), closingMs).unref();
  };
  process.on("SIGTERM", () => void end(seconds * 1_000, 143));
  process.on("SIGINT", () => void end(0, 130));
}
