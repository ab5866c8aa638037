import { parseArgs } from "node:util";

import { runCommand } from "./lib/run-command.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";

/**
 * Kills servers again and again, and checks each guarantee of docs/guarantees.md after every kill:
 *
 *     npm run soak -- --kills 300 --seed 7 --database postgresql --redis
 *
 * Without `--database` it runs on SQLite and then on PostgreSQL. The same seed repeats the same answers and kills.
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
  if (!/^\d+$/.test(values.kills))
    throw new SetupError(`--kills is "${values.kills}". Pass a number, for example: --kills 300`);
  if (!["sqlite", "postgresql", undefined].includes(values.database))
    throw new SetupError(`--database is "${values.database}". Pass sqlite or postgresql.`);
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
