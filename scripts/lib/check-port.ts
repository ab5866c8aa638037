import { once } from "node:events";
import { createServer } from "node:net";

import { SetupError } from "./setup-error.ts";

/** @throws SetupError when the port cannot be listened on. */
export async function checkPort(port: number, command: string): Promise<void> {
  const server = createServer();
  try {
    server.listen(port);
    await once(server, "listening");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : null;
    const reason = code === "EACCES" ? "may not be used without more rights" : "is in use";
    const other = port < 1024 ? 3001 : (port % 65_535) + 1;
    throw new SetupError(
      `Port ${port} ${reason}. Stop what uses it or choose another: PORT=${other} ${command}`,
      { cause: error },
    );
  }
  server.close();
  await once(server, "close");
}
