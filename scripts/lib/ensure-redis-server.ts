import { aptInstall } from "./apt-install.ts";
import { findProgram } from "./find-program.ts";
import { SetupError } from "./setup-error.ts";

/**
 * Finds a Redis or Valkey server, or installs Redis.
 *
 * @throws {SetupError} when it cannot be installed.
 */
export async function ensureRedisServer(): Promise<string> {
  const find = (): string | null => findProgram("redis-server", "valkey-server");
  const found = find();
  if (found !== null) return found;
  await aptInstall(["redis-server"]);
  const installed = find();
  if (installed !== null) return installed;
  throw new SetupError(
    "The tests of the Redis hub need redis-server, which could not be installed.\n" +
      "On Debian, run: sudo apt-get install redis-server\nOn macOS, run: brew install redis",
  );
}
