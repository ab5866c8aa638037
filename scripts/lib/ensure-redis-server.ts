import { aptInstall } from "./apt-install.ts";
import { findProgram } from "./find-program.ts";
import { SetupError } from "./setup-error.ts";

/** The path of a Redis server (or Valkey, which is the same to us), which is installed when there is none. */
export async function ensureRedisServer(): Promise<string> {
  const find = (): string | null => findProgram("redis-server", "valkey-server");
  const found = find();
  if (found !== null) return found;
  await aptInstall(["redis-server"]);
  const installed = find();
  if (installed !== null) return installed;
  throw new SetupError(
    "The tests of the Redis hub need redis-server, which could not be installed.\n" +
      "On Debian run: sudo apt-get install redis-server\non macOS: brew install redis",
  );
}
