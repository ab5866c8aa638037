import { parseArgs } from "node:util";

import { runCommand } from "./lib/run-command.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";

/**
 * Kills servers for as long as you like, and holds each promise of docs/guarantees.md against what is left:
 *
 *     npm run soak -- --kills 300 --seed 7 --database postgresql --redis
 *
 * Without `--database` it is done on SQLite, then on PostgreSQL. A seed gives the same answers and kills again.
 */
await runScript(async () => {
  const { values } = parseArgs({
    options: {
      kills: { type: "string", default: "100" },
      seed: { type: "string", default: String(Date.now()) },
      database: { type: "string" },
      redis: { type: "boolean", default: false },
    },
  });
  if (!/^\d+$/.test(values.kills)) throw new SetupError("--kills takes a number.");
  if (!["sqlite", "postgresql", undefined].includes(values.database))
    throw new SetupError("--database takes sqlite or postgresql.");
  const { code } = await runCommand(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--project=http", "test/http/kill.test.ts"],
    {
      env: {
        KILLS: values.kills,
        KILL_SEED: values.seed,
        KILL_DATABASE: values.database,
        KILL_REDIS: values.redis ? "1" : "0",
      },
    },
  );
  process.exitCode = code;
});
