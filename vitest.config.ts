import { defineConfig } from "vitest/config";

import { LongestFirst } from "./test/support/longest-first.ts";

/** Everything that needs a database, a server or an installed package; `npm run check` leaves it out. */
const slow = ["test/database/**", "test/http/**", "test/package/**"];

/** A busy machine may take seconds, so tests of databases and servers poll for longer than by default. */
const poll = { timeout: 9_000, interval: 5 };
/** Nor does it say anything of a test that it takes five seconds, which is the default. */
const testTimeout = 20_000;
/** To load the modules for each file anew would take two thirds of the time of the unit tests. */
const isolate = false;

export default defineConfig({
  resolve: { tsconfigPaths: true },
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "scripts/**/*.test.ts", "test/**/*.test.ts"],
          exclude: slow,
          environment: "node",
          isolate,
          testTimeout,
        },
      },
      {
        extends: true,
        test: {
          name: "unit-dom",
          include: ["src/**/*.test.tsx"],
          environment: "happy-dom",
          isolate,
          testTimeout,
        },
      },
      {
        extends: true,
        test: {
          name: "database",
          // It is published without its compiled files.
          server: { deps: { inline: ["@node-llm/orm"] } },
          include: ["test/database/**/*.test.ts"],
          setupFiles: ["test/support/providers/check-requests.ts"],
          globalSetup: ["test/support/databases/start-databases.ts"],
          testTimeout,
          hookTimeout: 30_000,
          expect: { poll },
        },
      },
      {
        extends: true,
        test: {
          name: "http",
          include: ["test/http/**/*.test.ts"],
          setupFiles: ["test/support/providers/check-requests.ts"],
          globalSetup: [
            "test/support/databases/start-databases.ts",
            "test/support/servers/find-redis.ts",
          ],
          testTimeout,
          hookTimeout: 30_000,
          expect: { poll },
        },
      },
      {
        extends: true,
        test: {
          name: "package",
          include: ["test/package/**/*.test.ts"],
          globalSetup: ["test/support/servers/install-chromium.ts"],
          testTimeout: 120_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
