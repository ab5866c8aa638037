import { once } from "node:events";
import { createServer } from "node:net";

import { SetupError } from "./setup-error.ts";

/**
 * Checks that the port is free, before work that would be in vain.
 *
 * @param command the command that the error message suggests with another port.
 * @throws {SetupError} when nothing can listen on the port.
 */
export async function checkPort(port: number, command: string): Promise<void> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    const reason = code === "EACCES" ? "needs more privileges" : "is in use";
    const other = port < 1024 ? 3001 : (port % 65_535) + 1;
    throw new SetupError(
      `Port ${port} ${reason}. Free it, or choose another port: PORT=${other} ${command}`,
      { cause: error },
    );
  }
  server.close();
  await once(server, "close");
}
