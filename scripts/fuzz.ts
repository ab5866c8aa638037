import { parseArgs } from "node:util";

import { runCommand } from "./lib/run-command.ts";
import { runScript, SetupError } from "./lib/setup-error.ts";

/**
 * Sends what a liar might to every procedure, over HTTP, and looks for what must not happen: a status of 500, a
 * rejection that nobody handles, a row for a refused input, or an event loop that stands still.
 *
 *     npm run fuzz -- --requests 20000 --seed 7 --database postgresql
 *
 * Without `--database` it runs on SQLite and then on PostgreSQL. The same seed repeats the same requests.
 */
await runScript(async () => {
  const { values } = parseArgs({
    options: {
      requests: { type: "string", default: "20000" },
      seed: { type: "string", default: String(Date.now()) },
      database: { type: "string" },
    },
  });
  if (!/^\d+$/.test(values.requests)) {
    throw new SetupError(
      `--requests is "${values.requests}". Pass the number for each procedure, for example: --requests 2000`,
    );
  }
  if (!["sqlite", "postgresql", undefined].includes(values.database))
    throw new SetupError(`--database is "${values.database}". Pass sqlite or postgresql.`);
  console.log(`The seed is ${values.seed}.`);
  const { code } = await runCommand(
    process.execPath,
    ["node_modules/vitest/vitest.mjs", "run", "--project=http", "test/http/fuzz.test.ts"],
    {
      env: {
        FUZZ_REQUESTS: values.requests,
        FUZZ_SEED: values.seed,
        FUZZ_DATABASE: values.database,
      },
    },
  );
  process.exitCode = code;
});
