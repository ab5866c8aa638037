import { once } from "node:events";
import { createServer } from "node:net";

import { SetupError } from "./setup-error.ts";

/** Where a server listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Checks that the port is free, before work that would be in vain.
 *
 * @param command the command that the error message suggests with another port.
 * @throws {SetupError} when nothing can listen on the port.
 */
export async function checkPort({ host, port }: Address, command: string): Promise<void> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    if (code !== "EADDRINUSE" && code !== "EACCES") {
      throw new SetupError(
        `HOST is "${host}", which is no address of this machine (${String(code)}). Set it to one, such as 0.0.0.0 for all of them, or unset it.`,
        { cause: error },
      );
    }
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
